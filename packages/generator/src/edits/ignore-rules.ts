interface Rule {
  pattern: RegExp;
  ignores: boolean;
  onlyFolders: boolean;
}

/** What gitignore(5) says of a posix path: the last rule counts, and nothing comes back out of an ignored folder. */
export function isIgnored(text: string, path: string): boolean {
  const rules = text.split(/\r?\n/).flatMap(ruleOf);
  const names = path.split("/").filter(Boolean);
  return names.some((_, at) => {
    const isFolder = at < names.length - 1 || path.endsWith("/");
    const part = names.slice(0, at + 1).join("/");
    const rule = rules.findLast(
      ({ pattern, onlyFolders }) => (isFolder || !onlyFolders) && pattern.test(part),
    );
    return rule?.ignores ?? false;
  });
}

function ruleOf(line: string): Rule[] {
  const trimmed = line.replace(/^\uFEFF/, "").replace(/(?<!\\)\s+$/, "");
  if (trimmed === "" || trimmed.startsWith("#")) return [];
  const ignores = !trimmed.startsWith("!");
  const glob = trimmed.replace(/^!|^\\(?=[!#])/, "");
  const onlyFolders = glob.endsWith("/");
  const bare = glob.replace(/\/$/, "");
  const start = bare.includes("/") ? "^" : "^(?:.*/)?";
  const pattern = compiled(`${start}${expressionOf(bare.replace(/^\//, ""))}$`);
  return pattern ? [{ pattern, ignores, onlyFolders }] : [];
}

/** Null for what is no pattern, such as "[z-a]", and so matches nothing. */
function compiled(expression: string): RegExp | null {
  try {
    return new RegExp(expression);
  } catch {
    return null;
  }
}

function expressionOf(glob: string): string {
  return glob.replace(/\*\*\/|\/\*\*|\*+|\?|\[[^\]]+\]|[^*?[]/g, (part) => {
    if (part === "**/") return "(?:.*/)?";
    if (part === "/**") return "/.*";
    if (part.startsWith("*")) return "[^/]*";
    if (part === "?") return "[^/]";
    return part.length > 1 ? part.replace(/^\[!/, "[^") : part.replace(/[$()+.^{|}\\]/, "\\$&");
  });
}
