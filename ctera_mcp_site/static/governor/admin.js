// Copy buttons, and the keyboard for those controls of the admin that are links without an address.
"use strict";

if (window.htmx) {
    window.htmx.config.includeIndicatorStyles = false; // the content policy takes no style from a script; admin.css has it
    window.htmx.config.allowEval = false;
}

const told = (text) => {
    let place = document.getElementById("governor-told");
    if (!place) {
        place = document.createElement("div");
        place.id = "governor-told";
        place.className = "sr-only";
        place.setAttribute("role", "status");
        document.body.append(place);
    }
    place.textContent = text;
};

const copied = async (text) => {
    if (navigator.clipboard && window.isSecureContext) {
        await navigator.clipboard.writeText(text);
        return;
    }
    const field = document.createElement("textarea"); // plain HTTP to another machine has no clipboard
    field.value = text;
    document.body.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    if (!done) {
        throw new Error("not copied");
    }
};

document.addEventListener("click", async (event) => {
    const button = event.target.closest("button[data-copy]");
    if (!button) {
        return;
    }
    try {
        await copied(button.dataset.copy);
        button.textContent = "Copied";
        told(`Copied ${button.dataset.copy}`);
    } catch {
        button.textContent = "Select it";
        told("The browser did not let the text be copied. Select it and copy it by hand.");
    }
    button.focus();
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
});

document.addEventListener("DOMContentLoaded", () => {
    for (const link of document.querySelectorAll("a:not([href])")) {
        if (link.hasAttribute("x-on:click")) {
            link.setAttribute("role", "button");
            link.tabIndex = 0;
        }
    }
});

document.addEventListener("keydown", (event) => {
    if ((event.key === "Enter" || event.key === " ") && event.target.matches("a[role=button]:not([href])")) {
        event.preventDefault();
        event.target.click();
    }
});
