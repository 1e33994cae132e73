-- What can be chosen: traces, each with the sessions it runs in, and sessions without traces.
CREATE TABLE stage.chosen AS
SELECT DISTINCT trace_id, session_id FROM stage.run_core
UNION ALL
SELECT NULL, session_id FROM stage.session_core WHERE session_id NOT IN (
    SELECT session_id FROM stage.run_core WHERE session_id IS NOT NULL
);
