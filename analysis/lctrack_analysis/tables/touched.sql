-- Which runs that were kept are touched by what was added, and have to be made again with it: all of each trace of which
-- a run was added to, or is the parent or the child of one that was.
CREATE TABLE stage.added AS
SELECT run_id, parent_run_id, coalesce(trace_id, run_id) AS trace_id FROM fresh.stage.run_starts
UNION ALL
SELECT run_id, parent_run_id, coalesce(trace_id, run_id) FROM fresh.stage.run_ends
UNION ALL
SELECT run_id, NULL, NULL FROM fresh.stage.streamed WHERE run_id IS NOT NULL;

CREATE TABLE stage.touched AS
SELECT DISTINCT trace_id
FROM kept.run_core
WHERE run_id IN (SELECT run_id FROM stage.added)
    OR run_id IN (SELECT parent_run_id FROM stage.added WHERE parent_run_id IS NOT NULL)
    OR parent_run_id IN (SELECT run_id FROM stage.added)
    OR trace_id IN (SELECT trace_id FROM stage.added WHERE trace_id IS NOT NULL)
    OR trace_id IN (SELECT run_id FROM stage.added);
