"""How long a function takes to start: with everything as pip installs it, and with the layers that deploy."""
