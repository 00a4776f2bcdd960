export { auditEventsTable } from "./features/audit/table.ts";
export { outboxTable } from "./features/outbox/table.ts";
export { passwordsTable } from "./features/passwords/table.ts";
export { rateLimitsTable } from "./features/rate-limits/table.ts";
export { sessionsTable } from "./features/sessions/table.ts";
export { tokensTable } from "./features/tokens/table.ts";
export { totpTable } from "./features/totp/table.ts";
