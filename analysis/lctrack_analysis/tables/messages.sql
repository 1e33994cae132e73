CREATE VIEW messages AS
WITH given AS (
    SELECT row_id, batch_index, count(*) AS messages
    FROM stage.chat_messages
    WHERE direction = 'in'
    GROUP BY row_id, batch_index
)
SELECT
    runs.session_id,
    runs.trace_id,
    runs.run_id,
    m.direction,
    m.batch_index,
    m.position + CASE m.direction WHEN 'out' THEN coalesce(given.messages, 0) ELSE 0 END AS position,
    m.time,
    m.role,
    m.content,
    m.blocks,
    m.name,
    m.message_id,
    m.tool_call_id,
    m.tool_calls
FROM stage.chat_messages AS m
JOIN stage.pairs ON m.run_id = pairs.run_id AND m.row_id IN (pairs.start_row, pairs.end_row)
JOIN stage.run_core AS runs ON runs.run_id = pairs.run_id
LEFT JOIN given ON given.row_id = pairs.start_row AND given.batch_index = m.batch_index
ORDER BY coalesce(runs.start_time, runs.end_time), runs.run_id, m.batch_index, position;
