/** Signing up, in and out against the user pool. */
import * as cognito from "aws-amplify/auth";
import { Hub } from "aws-amplify/utils";
import { Failure } from "./problem";

/** What a person has to do next; `done` when signed in. */
export type Step =
  | { readonly at: "done" | "confirm" | "reset" | "ownPassword" | "factor" }
  | { readonly at: "authenticator"; readonly authenticator: Authenticator };

/** What an authenticator app has to be told, as a link that opens one or to be typed. */
export interface Authenticator {
  readonly secret: string;
  readonly link: string;
}

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
  return stepOf(await cognito.signIn({ username: email, password }), email);
}

/** What Cognito asks for between the password and being signed in: a password of one's own, or a code. */
export async function answer(email: string, challengeResponse: string): Promise<Step> {
  return stepOf(await cognito.confirmSignIn({ challengeResponse }), email);
}

/** Invitations lead to `ownPassword`, stages that ask for a second factor to `authenticator` once. */
export function stepOf({ isSignedIn, nextStep }: cognito.SignInOutput, email: string): Step {
  if (isSignedIn) return { at: "done" };
  switch (nextStep.signInStep) {
    case "CONFIRM_SIGN_UP":
      return { at: "confirm" };
    case "RESET_PASSWORD":
      return { at: "reset" };
    case "CONFIRM_SIGN_IN_WITH_NEW_PASSWORD_REQUIRED":
      return { at: "ownPassword" };
    case "CONFIRM_SIGN_IN_WITH_TOTP_CODE":
      return { at: "factor" };
    case "CONTINUE_SIGN_IN_WITH_TOTP_SETUP": {
      const { sharedSecret, getSetupUri } = nextStep.totpSetupDetails;
      const authenticator = { secret: sharedSecret, link: getSetupUri("Riffle", email).href };
      return { at: "authenticator", authenticator };
    }
    default:
      throw new Failure("Unsupported", nextStep.signInStep);
  }
}

export async function signUp(email: string, password: string): Promise<Step> {
  const options = { userAttributes: { email } };
  const { isSignUpComplete } = await cognito.signUp({ username: email, password, options });
  return isSignUpComplete ? signIn(email, password) : { at: "confirm" };
}

export async function confirm(email: string, code: string, password: string): Promise<Step> {
  await cognito.confirmSignUp({ username: email, confirmationCode: code });
  return signIn(email, password);
}

export async function sendCodeAgain(email: string): Promise<void> {
  await cognito.resendSignUpCode({ username: email });
}

export async function askForReset(email: string): Promise<Step> {
  await cognito.resetPassword({ username: email });
  return { at: "reset" };
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
