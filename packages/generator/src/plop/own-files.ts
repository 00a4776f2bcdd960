import type { Project } from "../project/project.ts";

interface FileAction {
  type: "auth-rr:file";
  path: string;
  template: string;
}

/** A page that only members see. */
export function routeFiles(app: Project): FileAction[] {
  const auth = authOf(app, "../auth/auth.server");
  const path = `${app.appDirectory}/routes/{{name}}.tsx`;
  return [{ type: "auth-rr:file", path, template: route(auth) }];
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

const EMAIL = `import { smtp } from "@auth-rr/auth/smtp";

/** Sends {{sentenceCase name}} to one address. */
export async function send{{pascalCase name}}(to: string, { name }: { name: string }): Promise<void> {
  const text = \`Hello \${name},\\n\\nwrite here what there is to say.\\n\`;
  await mailServer().send({
    from: process.env.MAIL_FROM ?? "no-reply@example.com",
    to,
    subject: "{{sentenceCase name}}",
    text,
    html: \`<pre>\${escapeHtml(text)}</pre>\`,
  });
}

function mailServer() {
  if (!process.env.SMTP_URL) throw new Error("SMTP_URL is missing, so no mail can be sent.");
  return smtp(process.env.SMTP_URL);
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => \`&#\${character.charCodeAt(0)};\`);
}
`;
