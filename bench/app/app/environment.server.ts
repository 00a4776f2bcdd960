/** What the bench tells its servers. */
export const environment = {
  url: process.env.DATABASE_URL ?? "",
  secret: process.env.AUTH_SECRET ?? "",
  origin: process.env.APP_ORIGIN ?? "",
};
