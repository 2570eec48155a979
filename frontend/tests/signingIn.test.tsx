import type { SignInOutput } from "aws-amplify/auth";
import { renderToStaticMarkup } from "react-dom/server";
import { describe, expect, test } from "vitest";
import { stepOf } from "../src/session";
import { decodeSettings, type Settings } from "../src/settings";
import { SignIn } from "../src/views/SignIn";

const told = {
  region: "eu-west-1",
  graphqlUrl: "https://api.example.com/graphql",
  userPoolId: "eu-west-1_a",
  userPoolClientId: "c",
};

function settings(more: object = {}): Settings {
  return decodeSettings({ ...told, ...more }, "riffle.json");
}

function entrance(more: object = {}): string {
  return renderToStaticMarkup(<SignIn settings={settings(more)} onDone={() => undefined} />);
}

function asked(nextStep: SignInOutput["nextStep"]): SignInOutput {
  return { isSignedIn: false, nextStep };
}

describe("the entrance", () => {
  test("offers an account where everybody may have one, as where nothing is said", () => {
    for (const page of [entrance(), entrance({ signUp: "open" })]) {
      expect(page).toContain("I am new here");
      expect(page).not.toContain("by invitation");
    }
  });

  test("says that accounts are by invitation, and offers none", () => {
    const page = entrance({ signUp: "invited" });
    expect(page).toContain("Accounts are by invitation here.");
    expect(page).not.toContain("I am new here");
  });

  test("is not opened by a rule that it does not know", () => {
    expect(() => settings({ signUp: "perhaps" })).toThrow("signUp is not a known value");
  });
});

describe("what Cognito asks for after the password", () => {
  test("is a password of one's own after an invitation", () => {
    const step = asked({ signInStep: "CONFIRM_SIGN_IN_WITH_NEW_PASSWORD_REQUIRED" });
    expect(stepOf(step, "ana@example.com")).toEqual({ at: "ownPassword" });
  });

  test("is the code of the app that was set up", () => {
    const step = asked({ signInStep: "CONFIRM_SIGN_IN_WITH_TOTP_CODE" });
    expect(stepOf(step, "ana@example.com")).toEqual({ at: "factor" });
  });

  test("is an app set up first, by a link or by its key", () => {
    const totpSetupDetails = {
      sharedSecret: "SECRET",
      getSetupUri: (app: string, account?: string) =>
        new URL(`otpauth://totp/${app}:${account}?secret=SECRET`),
    };
    const step = asked({ signInStep: "CONTINUE_SIGN_IN_WITH_TOTP_SETUP", totpSetupDetails });
    const link = "otpauth://totp/Riffle:ana@example.com?secret=SECRET";
    expect(stepOf(step, "ana@example.com")).toEqual({
      at: "authenticator",
      authenticator: { secret: "SECRET", link },
    });
  });

  test("is nothing once somebody is signed in, and is named where the page cannot answer", () => {
    expect(stepOf({ isSignedIn: true, nextStep: { signInStep: "DONE" } }, "a")).toEqual({ at: "done" });
    const step = asked({ signInStep: "CONFIRM_SIGN_IN_WITH_SMS_CODE" });
    expect(() => stepOf(step, "a")).toThrow("CONFIRM_SIGN_IN_WITH_SMS_CODE");
  });
});
