// Runs the client named on the command line: a JSON object per line comes in, and a JSON object per line goes out.
import { createInterface } from 'node:readline';
import { WebSocket } from 'ws';
import { driver } from './driver.mjs';

// Node 20 has no WebSocket of its own; it must be there before the client is imported.
globalThis.WebSocket ??= WebSocket;
const { client } = await import(`./${process.argv[2]}/client.mjs`);
const handle = driver(client, (message) => process.stdout.write(`${JSON.stringify(message)}\n`));

for await (const line of createInterface({ input: process.stdin })) {
  handle(JSON.parse(line));
}
process.exit();
