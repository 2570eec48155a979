// A small explorer: run operations, follow subscriptions, as an API key, a signed-in user or the bearer of a token.
const find = (id) => document.getElementById(id);
const endpoint = new URL("/graphql", location.href);
const state = { config: {}, token: null, socket: null };

const INTROSPECTION = `{ __schema {
  queryType { fields { ...F } } mutationType { fields { ...F } } subscriptionType { fields { ...F } }
} }
fragment F on __Field { name args { name type { ...T } } type { ...T } }
fragment T on __Type { kind name ofType { kind name ofType { kind name ofType { kind name } } } }`;

function credentials() {
  if (find("mode").value === "key") return { "x-api-key": find("secret").value.trim() };
  const token = find("mode").value === "user" ? state.token : find("secret").value.trim();
  return token ? { Authorization: token } : {};
}

function say(text) {
  find("status").textContent = text;
}

function show(value) {
  find("result").textContent = typeof value === "string" ? value : JSON.stringify(value, null, 2);
}

async function post(query, variables) {
  const answer = await fetch(endpoint, {
    method: "POST",
    headers: { "content-type": "application/json", ...credentials() },
    body: JSON.stringify({ query, variables }),
  });
  return answer.json();
}

async function run() {
  let variables;
  try {
    variables = JSON.parse(find("variables").value.trim() || "{}");
  } catch (error) {
    return show(`The variables are not JSON: ${error.message}`);
  }
  stop();
  if (!(await known())) return show("Nothing was sent: nobody is signed in.");
  const query = find("query").value;
  if (/^\s*subscription\b/m.test(query)) return subscribe(query, variables);
  const started = performance.now();
  try {
    show(await post(query, variables));
    say(`${Math.round(performance.now() - started)} ms`);
  } catch (error) {
    show(`The endpoint cannot be reached: ${error.message}`);
  }
}

function subscribe(query, variables) {
  const authorization = { host: endpoint.host, ...credentials() };
  const carried = btoa(JSON.stringify(authorization)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const url = new URL("/graphql/realtime", endpoint);
  url.protocol = url.protocol.replace("http", "ws");
  const socket = new WebSocket(url, ["graphql-ws", `header-${carried}`]);
  const send = (frame) => socket.send(JSON.stringify(frame));
  const received = [];
  show("");
  socket.onopen = () => send({ type: "connection_init" });
  socket.onmessage = ({ data }) => {
    const frame = JSON.parse(data);
    if (frame.type === "connection_ack") {
      send({ id: "1", type: "start", payload: { data: JSON.stringify({ query, variables }), extensions: { authorization } } });
    } else if (frame.type === "start_ack") {
      say("Listening.");
    } else if (frame.type !== "ka") {
      received.unshift(JSON.stringify(frame.payload ?? frame, null, 2));
      show(received.slice(0, 200).join("\n\n"));
      say(`${received.length} received`);
    }
  };
  socket.onclose = () => {
    if (state.socket === socket) stop();
    say(received.length ? `Closed after ${received.length}.` : "Closed.");
  };
  state.socket = socket;
  find("stop").disabled = false;
}

function stop() {
  const { socket } = state;
  state.socket = null;
  find("stop").disabled = true;
  socket?.close(1000);
}

/** Whether it is clear who asks; a password that was typed and not sent yet is sent now. */
async function known() {
  if (find("mode").value !== "user") return true;
  if (find("password").value) await signIn();
  return state.token !== null;
}

async function signIn(event) {
  event?.preventDefault();
  const answer = await fetch("/cognito", {
    method: "POST",
    headers: { "content-type": "application/x-amz-json-1.1", "x-amz-target": "AWSCognitoIdentityProviderService.InitiateAuth" },
    body: JSON.stringify({
      AuthFlow: "USER_PASSWORD_AUTH",
      ClientId: state.config.userPoolClientId,
      AuthParameters: { USERNAME: find("email").value, PASSWORD: find("password").value },
    }),
  });
  const body = await answer.json();
  state.token = body.AuthenticationResult?.AccessToken ?? null;
  say(state.token ? `Signed in as ${find("email").value}.` : (body.message ?? "Signing in failed."));
  find("password").value = "";
  if (state.token) await listFields();
}

function printed(type) {
  if (type.kind === "NON_NULL") return `${printed(type.ofType)}!`;
  if (type.kind === "LIST") return `[${printed(type.ofType)}]`;
  return type.name;
}

function leaf(type) {
  return type.ofType ? leaf(type.ofType) : type.kind === "SCALAR" || type.kind === "ENUM";
}

function skeleton(kind, field) {
  const declared = field.args.map((arg) => `$${arg.name}: ${printed(arg.type)}`).join(", ");
  const passed = field.args.map((arg) => `${arg.name}: $${arg.name}`).join(", ");
  const call = field.name + (passed && `(${passed})`);
  return `${kind}${declared && ` (${declared})`} {\n  ${call}${leaf(field.type) ? "" : " {\n    __typename\n  }"}\n}`;
}

async function listFields() {
  const { data } = await post(INTROSPECTION, {});
  if (!data) return;
  const entries = [["query", data.__schema.queryType], ["mutation", data.__schema.mutationType], ["subscription", data.__schema.subscriptionType]]
    .flatMap(([kind, type]) => (type?.fields ?? []).map((field) => [kind, field]));
  find("fields").querySelector("ul").replaceChildren(...entries.map(([kind, field]) => entry(kind, field)));
}

function entry(kind, field) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = `${kind} ${field.name}: ${printed(field.type)}`;
  button.onclick = () => {
    find("query").value = skeleton(kind, field);
    find("variables").value = JSON.stringify(Object.fromEntries(field.args.map((arg) => [arg.name, null])), null, 2);
  };
  const item = document.createElement("li");
  item.append(button);
  return item;
}

function chooseMode() {
  const mode = find("mode").value;
  for (const element of document.querySelectorAll(".key, .user, .token")) element.hidden = !element.classList.contains(mode);
  find("secret").value = mode === "key" ? (state.config.apiKey ?? "") : "";
}

async function begin() {
  const answer = await fetch("/riffle.json");
  if (answer.ok) state.config = await answer.json();
  if (!state.config.userPoolClientId) find("mode").querySelector("option[value=user]").remove();
  chooseMode();
  for (const notice of state.config.notices ?? []) say(notice);
  await listFields();
}

find("run").onclick = run;
find("stop").onclick = stop;
find("mode").onchange = chooseMode;
find("credentials").onsubmit = signIn;
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) run();
});
begin();
