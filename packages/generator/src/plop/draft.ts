import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { main } from "../commands/main.ts";
import { open } from "../commands/open.ts";
import { terminal } from "../console/console.ts";
import { addRoute } from "../edits/own-route.ts";
import { commit, type Write } from "../engine/journal.ts";
import { takingTurns } from "../engine/turn.ts";
import { checkPlace } from "../plan/check.ts";
import type { Project } from "../project/project.ts";
import { Refusal } from "../project/refusal.ts";

const NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

/** What plop's actions have asked for so far. Nothing is written before `write`. */
export class Draft {
  #features: string[] = [];
  #writes: Write[] = [];
  readonly #root: () => string;

  constructor(root: () => string) {
    this.#root = root;
  }

  app(): Project {
    return open({ cwd: this.#root(), flags: {} }).project;
  }

  feature(id: string): string {
    this.#features.push(id);
    return `${id} is in the plan`;
  }

  file(path: string, text: string): string {
    const { root } = this.app();
    if (existsSync(join(root, path))) {
      throw new Refusal({
        code: "FILE_THERE",
        message: `${path} is there already.`,
        cure: "Choose another name, or delete it first.",
      });
    }
    checkPlace(root, path);
    this.#writes.push({ path, text });
    return path;
  }

  /** Puts the route into the app's list of routes, or says what to paste there. */
  route(name: string): string {
    const { root, routesFile } = this.app();
    const paste = `route("${name}", "routes/${name}.tsx")`;
    if (!routesFile) return `Add to your routes: ${paste}`;
    const edit = addRoute(readFileSync(join(root, routesFile), "utf8"), {
      path: name,
      file: `routes/${name}.tsx`,
    });
    if (edit.status === "manual") return `${edit.why}\n${edit.paste}`;
    if (edit.status === "changed") this.#writes.push({ path: routesFile, text: edit.text });
    return routesFile;
  }

  /** Lets the test that came with login try to get in there too. */
  membersOnly(name: string): string {
    const path = "test/auth.ts";
    const file = join(this.app().root, path);
    const text = existsSync(file) ? readFileSync(file, "utf8") : "";
    const list = "const MEMBERS_ONLY = [";
    if (!text.includes(list)) return `Add "/${name}" to your tests: only members may see it.`;
    const eol = text.includes("\r\n") ? "\r\n" : "\n";
    this.#writes.push({ path, text: text.replace(list, `${list}${eol}  "/${name}",`) });
    return path;
  }

  /** All of it or nothing; packages that a feature needs are installed, unless that is left to the user. */
  async write(install: boolean): Promise<string> {
    const [features, writes] = [this.#features, this.#writes];
    this.#features = [];
    this.#writes = [];
    if (features.length > 0) {
      const args = ["add", ...features, "--yes", ...(install ? [] : ["--no-install"])];
      const exit = await main(args, this.#root(), terminal(false));
      if (exit !== 0) throw new Error(`auth-rr ended with ${exit}.`);
    }
    await takingTurns(this.#root(), async () => commit(this.#root(), writes));
    return `${writes.length} files written`;
  }
}

/** A name that can stand in a path, a URL and an identifier. */
export function checkedName(name: string | undefined): string {
  if (name && NAME.test(name)) return name;
  throw new Refusal({
    code: "NAME_INVALID",
    message: `"${name ?? ""}" is no name for it.`,
    cure: "Use small letters, digits and dashes, e.g. weekly-report.",
    exit: 2,
  });
}
