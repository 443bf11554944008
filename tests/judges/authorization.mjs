// Preloaded into the conformance suite, which has no option for it: adds MCP_AUTHORIZATION to requests for MCP_URL.
import http from "node:http";
import { syncBuiltinESMExports, createRequire } from "node:module";

const { getGlobalDispatcher, setGlobalDispatcher } = createRequire(process.argv[1])("undici");
const target = new URL(process.env.MCP_URL);
const authorization = process.env.MCP_AUTHORIZATION;
const isOurs = (origin, path) => new URL(origin).host === target.host && path.split("?")[0] === target.pathname;

function withAuthorization(headers) {
  if (headers === null || headers === undefined) return { authorization };
  if (Array.isArray(headers)) {
    const names = headers.filter((_, index) => index % 2 === 0).map((name) => String(name).toLowerCase());
    return names.includes("authorization") ? headers : [...headers, "authorization", authorization];
  }
  if (typeof headers[Symbol.iterator] === "function") return { ...Object.fromEntries(headers), authorization };
  return Object.keys(headers).some((name) => name.toLowerCase() === "authorization") ? headers : { ...headers, authorization };
}

setGlobalDispatcher(
  getGlobalDispatcher().compose((dispatch) => (options, handler) =>
    dispatch(
      isOurs(options.origin ?? target.origin, options.path)
        ? { ...options, headers: withAuthorization(options.headers) }
        : options,
      handler,
    ),
  ),
);

const plainRequest = http.request;
http.request = (...given) => {
  const request = plainRequest(...given);
  if (request.path.split("?")[0] === target.pathname && !request.hasHeader("authorization")) {
    request.setHeader("authorization", authorization);
  }
  return request;
};
syncBuiltinESMExports();
