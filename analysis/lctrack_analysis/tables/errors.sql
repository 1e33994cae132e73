CREATE VIEW errors AS
SELECT
    failed.session_id,
    failed.trace_id,
    failed.run_id,
    failed.kind,
    failed.name,
    failed.end_time AS time,
    failed.error_type AS type,
    failed.error_message AS message,
    e.traceback,
    NOT EXISTS (
        FROM stage.run_core AS child
        WHERE child.parent_run_id = failed.run_id
            AND child.status = 'error'
            AND child.error_type IS NOT DISTINCT FROM failed.error_type
            AND child.error_message IS NOT DISTINCT FROM failed.error_message
    ) AS is_origin
FROM stage.run_core AS failed
JOIN stage.run_ends AS e ON e.row_id = failed.end_row
WHERE failed.status = 'error'
ORDER BY failed.end_time, failed.depth DESC, failed.run_id;
