-- Nobody waits for long for a statement, for a lock, nor for a transaction that hangs. The API asks for the same when it
-- connects, but not through a pool by transaction. What may take longer, as a migration may, says so when it connects.
ALTER ROLE CURRENT_USER SET statement_timeout = '5s';
ALTER ROLE CURRENT_USER SET lock_timeout = '3s';
ALTER ROLE CURRENT_USER SET idle_in_transaction_session_timeout = '60s';
