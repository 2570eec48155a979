/** What this deployment is, read from /riffle.json beside the page. */
import { list, nullable, number, object, oneOf, string } from "./decode";
import { Failure } from "./problem";

export interface Settings {
  readonly region: string;
  readonly graphqlUrl: string;
  readonly userPoolId: string;
  readonly userPoolClientId: string;
  readonly userPoolEndpoint: string | null;
  readonly notices: readonly string[] | null;
  /** Who may have an account; everybody, where nothing is said. */
  readonly signUp: "open" | "invited" | null;
  /** Characters that a new password has to have. */
  readonly passwordLength: number | null;
}

export const decodeSettings = object<Settings>({
  region: string,
  graphqlUrl: string,
  userPoolId: string,
  userPoolClientId: string,
  userPoolEndpoint: nullable(string),
  notices: nullable(list(string)),
  signUp: nullable(oneOf({ open: true, invited: true })),
  passwordLength: nullable(number),
});

const LOOPBACK = new Set(["localhost", "127.0.0.1", "[::1]"]);

/** `url` by the name the page itself was opened with: localhost and 127.0.0.1 are one machine, but two origins. */
export function besideThePage(url: string, page: URL): string {
  const target = new URL(url);
  const same = target.port === page.port && target.protocol === page.protocol;
  if (!same || !LOOPBACK.has(target.hostname) || !LOOPBACK.has(page.hostname)) return url;
  target.hostname = page.hostname;
  return target.href;
}

export async function fetchSettings(): Promise<Settings> {
  const response = await fetch("/riffle.json", { cache: "no-store" });
  if (!response.ok) throw new Failure("Unavailable", `/riffle.json answered ${response.status}`);
  const told = decodeSettings(await response.json(), "riffle.json");
  const here = (url: string) => besideThePage(url, new URL(location.href));
  const { graphqlUrl, userPoolEndpoint: pool } = told;
  return { ...told, graphqlUrl: here(graphqlUrl), userPoolEndpoint: pool && here(pool) };
}
