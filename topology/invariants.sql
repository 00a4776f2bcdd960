-- What must hold at any moment, also in the middle of a fault. Each query finds what breaks its promise, so none may
-- return a row. Besides the app's tables there are three of the tests: delivered(recipient, subject, digest) has each
-- mail that the mail server took, answered(email) each registration that was answered as done, secrets(secret) what
-- nobody may read.

-- promise: every registered user has one password unless it was taken away, and every password a user
select coalesce(u.id, p.user_id) from users u full join passwords p on p.user_id = u.id
where u.id is null or p.user_id is null and not exists (
  select from audit_events a where a.subject_id = u.id and a.action = 'account.disowned'
);

-- promise: nobody is registered twice, and every address stands in its one spelling
select lower(normalize(email, nfkc)) from users group by 1 having count(*) > 1
union all
select email from users where email <> lower(normalize(trim(email), nfkc));

-- promise: who was told that they are registered is registered
select email from answered where email not in (select email from users);

-- promise: every user was audited when they came, once
select id from users u
where 1 <> (select count(*) from audit_events where subject_id = u.id and action = 'user.registered');

-- promise: every proven address was audited when it was proven, once
select id from users u
where (email_verified_at is not null)::int
  <> (select count(*) from audit_events where subject_id = u.id and action = 'email.verified');

-- promise: every session was audited when it began
select s.id from sessions s
where not exists (
  select from audit_events a
  where a.subject_id = s.user_id and a.action = 'login.succeeded' and a.at = s.created_at
);

-- promise: every change of a password was audited and mailed, in the same transaction
select p.user_id from passwords p join users u on u.id = p.user_id
where p.updated_at > u.created_at and not exists (
  select from audit_events a
  where a.subject_id = p.user_id and a.action in ('password.changed', 'password.reset') and a.at = p.updated_at
) or p.updated_at > u.created_at and not exists (
  select from outbox o
  where o.recipient = u.email and o.kind = 'password-changed' and o.created_at = p.updated_at
);

-- promise: nothing audited as changed was rolled back
select a.id from audit_events a join users u on u.id = a.subject_id
where a.action in ('password.changed', 'password.reset') and a.outcome = 'success'
  and a.at > (select updated_at from passwords where user_id = u.id);

-- promise: a user has at most one live token of a purpose, and for an address that is theirs
select t.user_id, t.purpose from tokens t where t.purpose <> 'disown' group by 1, 2 having count(*) > 1
union all
select t.user_id, t.purpose from tokens t join users u on u.id = t.user_id
where t.address <> u.email and t.purpose <> 'disown';

-- promise: a "this wasn't me" is for an address that is its user's, or was
select t.user_id, t.address from tokens t join users u on u.id = t.user_id
where t.purpose = 'disown' and t.address <> u.email and not exists (
  select from audit_events a where a.subject_id = t.user_id and a.action = 'email.changed'
);

-- promise: who has proven their address owes no proof
select t.user_id from tokens t join users u on u.id = t.user_id
where t.purpose = 'verify-email' and u.email_verified_at is not null;

-- promise: every session belongs to somebody with a proven address
select s.id from sessions s left join users u on u.id = s.user_id where u.email_verified_at is null;

-- promise: no code was tried more than five times
select token_hash from tokens where code_tries > 5;

-- promise: every change of an address was audited and mailed to both, in the same transaction
select a.id from audit_events a join users u on u.id = a.subject_id
where a.action = 'email.changed' and a.details ->> 'by' = 'link' and 2 <> (
  select count(*) from outbox o
  where o.kind in ('email-changed', 'email-change-completed') and o.created_at = a.at
);

-- promise: whoever waits to be deleted is signed in nowhere, and holds no link but to come back or to say "not me"
select s.user_id from sessions s join account_deletions d using (user_id)
union all
select t.user_id from tokens t join account_deletions d using (user_id)
where t.purpose not in ('reactivate', 'disown', 'reset-password', 'magic-link', 'second-factor');

-- promise: every wish to be deleted, and every change of mind, was audited and mailed, in the same transaction
select a.id from audit_events a
where a.action in ('account.deletion-scheduled', 'account.deletion-cancelled') and not exists (
  select from outbox o where o.kind = substr(a.action, 9) and o.created_at = a.at
);

-- promise: every registration has its mail, queued or sent
select u.email from users u
where not exists (select from outbox o where o.recipient = u.email and o.kind in ('verify-email', 'confirm-email'));

-- promise: no mail is dead, and what is sent keeps no content
select id from outbox where dead_at is not null or (sent_at is not null and sealed is not null);

-- promise: no mail is lost: what is marked as sent was delivered
with kinds (kind, pattern) as (values
  ('verify-email', 'Confirm %'), ('already-registered', 'You already have %'),
  ('reset-password', 'Set a new password %'), ('password-changed', 'Your password for %'),
  ('magic-link', 'Log in %'), ('new-device-login', 'New login %'), ('confirm-email', 'Confirm your new %'),
  ('email-change-requested', 'Your address at % is about to change'), ('email-changed', 'Your address at % was changed'),
  ('deletion-scheduled', 'Your account at % will be deleted'), ('deletion-cancelled', 'Your account at % is kept'))
select o.recipient, o.kind, count(*) as sent,
  (select count(*) from delivered d where d.recipient = o.recipient and d.subject like k.pattern) as delivered
from outbox o join kinds k using (kind)
where o.sent_at is not null
group by o.recipient, o.kind, k.pattern
having count(*) > (select count(*) from delivered d where d.recipient = o.recipient and d.subject like k.pattern);

-- promise: no mail with a secret of its own arrives more than twice
select recipient, subject, count(*) from delivered
where subject like 'Confirm %' or subject like 'Set a new password %' or subject like 'Log in %'
group by recipient, subject, digest having count(*) > 2;

-- promise: no secret stands anywhere in clear
with pattern as (
  select '(^|[^0-9A-Za-z_-])(' || string_agg(secret, '|') || ')($|[^0-9A-Za-z_-])' as pattern from secrets
), texts as (
  -- Digits of a code are in every time stamp, so only what may hold text is looked at.
  select table_name, string_agg(format('coalesce(r.%I::text, %L)', column_name, ''), ' || chr(32) || ') as text
  from information_schema.columns
  where table_schema = 'public' and data_type in ('text', 'jsonb', 'bytea', 'ARRAY') and udt_name <> '_timestamptz'
  group by table_name
)
select table_name from texts, pattern
where xmlexists('//row' passing query_to_xml(
  format('select 1 from %I r where (%s) ~ %L limit 1', table_name, text, pattern), false, false, ''));
