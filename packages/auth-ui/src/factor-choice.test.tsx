// @vitest-environment happy-dom
import { render, screen } from "@testing-library/react";
import { MemoryRouter } from "react-router";
import { expect, it } from "vitest";
import { describeConformance } from "../test/conformance.tsx";
import { FactorChoice } from "./factor-choice.tsx";

const OPTIONS = [
  { name: "totp", label: "Authenticator app" },
  { name: "backup-code", label: "Backup code" },
];

describeConformance("FactorChoice", "nav", (props) => (
  <FactorChoice options={OPTIONS} current="totp" {...props} />
));

it("links to each factor on this page, says which one is shown and keeps the way back", () => {
  render(
    <MemoryRouter initialEntries={["/step-up?returnTo=%2Fadmin"]}>
      <FactorChoice options={OPTIONS} current="backup-code" />
    </MemoryRouter>,
  );
  const links = screen.getAllByRole("link");
  expect(links.map((link) => link.getAttribute("href"))).toEqual([
    "/step-up?returnTo=%2Fadmin&factor=totp",
    "/step-up?returnTo=%2Fadmin&factor=backup-code",
  ]);
  expect(links.map((link) => link.getAttribute("aria-current"))).toEqual([null, "true"]);
});
