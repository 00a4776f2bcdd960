import { type ComponentProps, useState } from "react";
import { useHydrated } from "./use-hydrated.ts";

export interface BackupCodesLabels {
  copy: string;
  copied: string;
  download: string;
  print: string;
  saved: string;
}

export interface BackupCodesProps extends Omit<ComponentProps<"div">, "children"> {
  codes: readonly string[];
  /** The name of the downloaded file. */
  fileName?: string;
  /** Replaces the English words one by one. */
  labels?: Partial<BackupCodesLabels>;
}

const ENGLISH: BackupCodesLabels = {
  copy: "Copy",
  copied: "Copied.",
  download: "Download",
  print: "Print",
  saved: "I saved these codes",
};

/**
 * Backup codes to keep: a `<div>` with a list, ways to take them away, and a required checkbox `saved` for the form
 * around it. Without JavaScript it is the list, the checkbox and the download.
 */
export function BackupCodes({
  codes,
  fileName = "backup-codes.txt",
  labels,
  ...div
}: BackupCodesProps) {
  const words = { ...ENGLISH, ...labels };
  const text = `${codes.join("\n")}\n`;
  return (
    <div data-slot="backup-codes" {...div}>
      <ol data-slot="backup-code-list">
        {codes.map((code) => (
          <li key={code}>
            <code data-slot="backup-code">{code}</code>
          </li>
        ))}
      </ol>
      <p data-slot="backup-code-actions">
        <a data-slot="backup-codes-download" download={fileName} href={asFile(text)}>
          {words.download}
        </a>
        <ScriptedActions text={text} words={words} />
      </p>
      <label data-slot="backup-codes-saved">
        <input type="checkbox" name="saved" required /> {words.saved}
      </label>
    </div>
  );
}

/** Buttons that could do nothing before JavaScript runs, so they are not there before. */
function ScriptedActions({ text, words }: { text: string; words: BackupCodesLabels }) {
  const isHydrated = useHydrated();
  const [isCopied, setCopied] = useState(false);
  const copy = () =>
    navigator.clipboard.writeText(text).then(
      () => setCopied(true),
      () => setCopied(false),
    );
  return (
    <>
      {isHydrated && (
        <>
          <button type="button" data-slot="backup-codes-copy" onClick={copy}>
            {words.copy}
          </button>
          <button type="button" data-slot="backup-codes-print" onClick={() => window.print()}>
            {words.print}
          </button>
        </>
      )}
      <span role="status">{isCopied && words.copied}</span>
    </>
  );
}

function asFile(text: string): string {
  return `data:text/plain;charset=utf-8,${encodeURIComponent(text)}`;
}
