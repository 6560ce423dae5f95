"""The pages that everybody sees: rendered here, kept up to date by server-sent events, usable without JavaScript."""
