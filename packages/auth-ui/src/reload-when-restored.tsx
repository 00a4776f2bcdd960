import { useEffect } from "react";

/**
 * Reloads a page that the browser brings back as it was left, so that nothing private outlives its session.
 * Renders nothing. Chromium keeps pages for the Back button even when they say `Cache-Control: no-store`.
 */
export function ReloadWhenRestored(): null {
  useEffect(() => {
    const reload = ({ persisted }: PageTransitionEvent) => {
      if (persisted) location.reload();
    };
    addEventListener("pageshow", reload);
    return () => removeEventListener("pageshow", reload);
  }, []);
  return null;
}
