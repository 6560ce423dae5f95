"""The application: who may do what to builds, labs and people. It knows no HTTP."""
