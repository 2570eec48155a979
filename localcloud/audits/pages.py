"""The pages that rules come from."""

from localcloud.audits.rules import Page

GUIDE = "https://docs.aws.amazon.com/appsync/latest/devguide"
EVENTS_GUIDE = "https://docs.aws.amazon.com/appsync/latest/eventapi"

REALTIME = Page("Real-time WebSocket client", f"{GUIDE}/real-time-websocket-client.html")
SUBSCRIPTIONS = Page("Real-time data", f"{GUIDE}/aws-appsync-real-time-data.html")
FILTERING = Page("Enhanced filtering", f"{GUIDE}/aws-appsync-real-time-enhanced-filtering.html")
INVALIDATION = Page("Unsubscribing with filters", f"{GUIDE}/aws-appsync-real-time-invalidation.html")
AUTHORIZATION = Page("Authorization and authentication", f"{GUIDE}/security-authz.html")
SCALARS = Page("Scalar types", f"{GUIDE}/scalars.html")
ERRORS = Page("Troubleshooting", f"{GUIDE}/troubleshooting-and-common-mistakes.html")
QUOTAS = Page("Endpoints and quotas", "https://docs.aws.amazon.com/general/latest/gr/appsync.html")
LAMBDA = Page("Lambda resolvers", f"{GUIDE}/resolver-reference-lambda-js.html")
DIRECT = Page("Direct Lambda resolvers", f"{GUIDE}/direct-lambda-reference.html")
CONTEXT = Page("Context object", f"{GUIDE}/resolver-context-reference-js.html")
JAVASCRIPT = Page("JavaScript runtime features", f"{GUIDE}/supported-features.html")
UTIL = Page("Built-in utilities", f"{GUIDE}/built-in-util-js.html")
EXTENSIONS = Page("Extensions", f"{GUIDE}/extensions-js.html")
PIPELINES = Page("JavaScript resolvers overview", f"{GUIDE}/resolver-reference-overview-js.html")
GRAPHQL = Page("GraphQL specification", "https://spec.graphql.org/")
OVER_HTTP = Page("Running queries and mutations", f"{GUIDE}/running-queries.html")
CORS = Page("Fetch standard: CORS", "https://fetch.spec.whatwg.org/#http-cors-protocol")

EV_PROTOCOL = Page("Event API WebSocket protocol", f"{EVENTS_GUIDE}/event-api-websocket-protocol.html")
EV_HTTP = Page("Publish events via HTTP", f"{EVENTS_GUIDE}/publish-http.html")
EV_SOCKET = Page("Publish events via WebSocket", f"{EVENTS_GUIDE}/publish-websocket.html")
EV_CHANNELS = Page("Channel namespaces", f"{EVENTS_GUIDE}/channel-namespaces.html")
EV_HANDLERS = Page("Event handlers", f"{EVENTS_GUIDE}/channel-namespace-handlers.html")
EV_AUTHORIZATION = Page("Event API authorization", f"{EVENTS_GUIDE}/configure-event-api-auth.html")
