"""AppSync Events: channels that clients publish to and subscribe to, over HTTP and WebSockets."""
