CREATE VIEW runs AS
SELECT
    core.run_id,
    core.parent_run_id,
    core.trace_id,
    core.session_id,
    core.depth,
    core.kind,
    core.run_type,
    core.name,
    core.start_time,
    core.end_time,
    core.duration_ms,
    core.status,
    core.error_type,
    core.error_message,
    coalesce(e.inputs_at_end, s.inputs) AS inputs, -- a streamed chain gives its inputs only at its end
    e.outputs,
    core.tags,
    s.metadata,
    s.params,
    core.model,
    core.input_tokens,
    core.output_tokens,
    core.total_tokens,
    core.cached_tokens,
    core.cache_write_tokens,
    core.reasoning_tokens,
    c.cost,
    c.priced_by,
    core.time_to_first_token_ms,
    core.chunks,
    s.serialized,
    core.thread
FROM stage.run_core AS core
LEFT JOIN stage.recorded AS s ON s.row_id = core.start_row
LEFT JOIN stage.recorded AS e ON e.row_id = core.end_row
LEFT JOIN stage.run_costs AS c ON c.place = core.place
ORDER BY core.place;
