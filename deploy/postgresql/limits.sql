-- Limit statements, waits for locks, and idle transactions. The API sets the same limits when it connects, except
-- through a pool in transaction mode. A migration may take longer, so it sets its own limits when it connects.
ALTER ROLE CURRENT_USER SET statement_timeout = '5s';
ALTER ROLE CURRENT_USER SET lock_timeout = '3s';
ALTER ROLE CURRENT_USER SET idle_in_transaction_session_timeout = '60s';
