"""The evasion corpus: what callers may write to name a closed place, as data; `/HR/**` is closed in all of it."""
