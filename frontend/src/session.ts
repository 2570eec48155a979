/** Signing up, in and out against the user pool. */
import * as cognito from "aws-amplify/auth";
import { Hub } from "aws-amplify/utils";
import { Failure } from "./problem";

/** What a person has to do next; `done` when signed in. */
export type Step = "done" | "confirm" | "reset";

export async function currentUser(): Promise<string | null> {
  try {
    const session = await cognito.fetchAuthSession();
    return session.tokens === undefined ? null : nameOf(session.tokens.idToken?.payload);
  } catch {
    return null; // tokens that cannot be refreshed are no tokens
  }
}

function nameOf(claims: Readonly<Record<string, unknown>> | undefined): string {
  return String(claims?.["email"] ?? claims?.["cognito:username"] ?? "");
}

export async function signIn(email: string, password: string): Promise<Step> {
  const { isSignedIn, nextStep } = await cognito.signIn({ username: email, password });
  if (isSignedIn) return "done";
  if (nextStep.signInStep === "CONFIRM_SIGN_UP") return "confirm";
  if (nextStep.signInStep === "RESET_PASSWORD") return "reset";
  throw new Failure("Unsupported", nextStep.signInStep);
}

export async function signUp(email: string, password: string): Promise<Step> {
  const options = { userAttributes: { email } };
  const { isSignUpComplete } = await cognito.signUp({ username: email, password, options });
  return isSignUpComplete ? signIn(email, password) : "confirm";
}

export async function confirm(email: string, code: string, password: string): Promise<Step> {
  await cognito.confirmSignUp({ username: email, confirmationCode: code });
  return signIn(email, password);
}

export async function sendCodeAgain(email: string): Promise<void> {
  await cognito.resendSignUpCode({ username: email });
}

export async function askForReset(email: string): Promise<void> {
  await cognito.resetPassword({ username: email });
}

export async function resetPassword(email: string, code: string, newPassword: string): Promise<Step> {
  await cognito.confirmResetPassword({ username: email, confirmationCode: code, newPassword });
  return signIn(email, newPassword);
}

/** Nothing of what was open stays in the address or among the drafts for whoever comes next. */
export async function signOut(): Promise<void> {
  leaveNothing();
  await cognito.signOut();
}

function leaveNothing(): void {
  sessionStorage.clear();
  history.replaceState(null, "", "/");
}

/** Begins anew when another tab has signed in, out, or somebody else in: all tabs are one person's. */
export function followOtherTabs(begin: () => void): () => void {
  const heed = ({ key, oldValue }: StorageEvent) => {
    if (key !== null && !key.endsWith(".LastAuthUser")) return; // null: all storage was cleared
    if (oldValue !== null || key === null) leaveNothing();
    begin();
  };
  addEventListener("storage", heed);
  return () => removeEventListener("storage", heed);
}

/** Tells when the session has ended, here or because its tokens were refused; being offline ends nothing. */
export function onSignedOut(then: () => void): () => void {
  return Hub.listen("auth", ({ payload }) => {
    const refused = payload.event === "tokenRefresh_failure" && payload.data?.error?.name !== "NetworkError";
    if (payload.event === "signedOut" || refused) then();
  });
}
