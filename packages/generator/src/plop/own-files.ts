import type { Project } from "../project/project.ts";

interface FileAction {
  type: "auth-rr:file";
  path: string;
  template: string;
}

/** A page that only members see, and the test that says so. */
export function routeFiles(app: Project): FileAction[] {
  const auth = authOf(app, "../auth/auth.server");
  return [
    {
      type: "auth-rr:file",
      path: `${app.appDirectory}/routes/{{name}}.tsx`,
      template: route(auth),
    },
    { type: "auth-rr:file", path: "test/{{name}}.ts", template: ROUTE_TEST },
  ];
}

/** The words of a mail, and the function that sends it. */
export function emailFiles(app: Project): FileAction[] {
  const place = `${app.appDirectory}/mails/{{name}}.server.ts`;
  return [{ type: "auth-rr:file", path: place, template: EMAIL }];
}

function authOf(
  { alias, importExtensions, scriptExtension, appDirectory }: Project,
  relative: string,
): string {
  const end = importExtensions ? `.${scriptExtension}` : "";
  const aliased = alias?.target === `${appDirectory}/` ? `${alias.prefix}auth/auth.server` : null;
  return (aliased ?? relative) + end;
}

const route = (auth: string) => `import { auth } from "${auth}";
import type { Route } from "./+types/{{name}}";

export async function loader(args: Route.LoaderArgs) {
  const { user } = await auth.requireUser(args);
  return { email: user.email };
}

export default function {{pascalCase name}}({ loaderData }: Route.ComponentProps) {
  return (
    <main>
      <title>{{sentenceCase name}}</title>
      <h1>{{sentenceCase name}}</h1>
      <p>Only you see this, {loaderData.email}.</p>
    </main>
  );
}
`;

const ROUTE_TEST = `// Looks whether strangers are kept out of /{{name}}: node --conditions=development --test test/{{name}}.ts
import assert from "node:assert/strict";
import { test } from "node:test";
import { visitor } from "./visitor.ts";

test("lets nobody see /{{name}} who is not signed in", async () => {
  assert.match((await visitor().get("/{{name}}")).location, /^\\/login\\?/);
  assert.match((await visitor().get("/{{name}}.data")).body, /\\/login/);
});
`;

const EMAIL = `import { createTransport } from "nodemailer";

/** Sends {{sentenceCase name}} to one address. */
export async function send{{pascalCase name}}(to: string, { name }: { name: string }): Promise<void> {
  await mailServer().sendMail({
    from: process.env.MAIL_FROM,
    to,
    subject: "{{sentenceCase name}}",
    text: \`Hello \${name},\\n\\nwrite here what there is to say.\\n\`,
  });
}

function mailServer() {
  if (!process.env.SMTP_URL) throw new Error("SMTP_URL is missing, so no mail can be sent.");
  return createTransport(process.env.SMTP_URL);
}
`;
