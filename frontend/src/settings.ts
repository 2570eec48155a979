/** What this deployment is, read from /riffle.json beside the page. */
import { list, nullable, object, string } from "./decode";
import { Failure } from "./problem";

export interface Settings {
  readonly region: string;
  readonly graphqlUrl: string;
  readonly userPoolId: string;
  readonly userPoolClientId: string;
  readonly userPoolEndpoint: string | null;
  readonly notices: readonly string[] | null;
}

export const decodeSettings = object<Settings>({
  region: string,
  graphqlUrl: string,
  userPoolId: string,
  userPoolClientId: string,
  userPoolEndpoint: nullable(string),
  notices: nullable(list(string)),
});

export async function fetchSettings(): Promise<Settings> {
  const response = await fetch("/riffle.json", { cache: "no-store" });
  if (!response.ok) throw new Failure("Unavailable", `/riffle.json answered ${response.status}`);
  return decodeSettings(await response.json(), "riffle.json");
}
