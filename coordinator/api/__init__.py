"""The application over HTTP: thin routes, one module a noun, above `coordinator.service`."""
