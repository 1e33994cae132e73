CREATE VIEW traces AS
SELECT
    core.trace_id,
    core.session_id,
    core.name,
    core.kind,
    core.start_time,
    core.end_time,
    core.duration_ms,
    core.status,
    core.error_type,
    core.error_message,
    coalesce(e.inputs_at_end, s.inputs) AS inputs,
    e.outputs,
    core.tags,
    s.metadata,
    core.runs,
    core.depth,
    core.llm_calls,
    core.tool_calls,
    core.retrievals,
    core.errors,
    core.input_tokens,
    core.output_tokens,
    core.total_tokens,
    core.cached_tokens,
    core.cache_write_tokens,
    core.reasoning_tokens,
    c.cost,
    c.unpriced_calls,
    core.time_to_first_token_ms
FROM stage.trace_core AS core
LEFT JOIN stage.recorded AS s ON s.row_id = core.start_row
LEFT JOIN stage.recorded AS e ON e.row_id = core.end_row
LEFT JOIN stage.trace_costs AS c USING (trace_id)
ORDER BY core.place;
