"""One mutation, many subscribers: our endpoint and Amplify's simulator, side by side."""
