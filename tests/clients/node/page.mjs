// Runs Amplify in a browser: the test calls `handle`, and what there is to say goes to its function `tell`.
import { client } from './amplify/client.mjs';
import { driver } from './driver.mjs';

globalThis.handle = driver(client, (message) => globalThis.tell(JSON.stringify(message)));
