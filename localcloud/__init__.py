"""AWS on one machine: the endpoints, the emulator underneath and the launcher. No part of what deploys."""
