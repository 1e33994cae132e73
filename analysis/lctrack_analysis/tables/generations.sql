CREATE VIEW generations AS
SELECT
    core.session_id,
    core.trace_id,
    core.run_id,
    core.prompt_index,
    core.generation_index,
    core.kind,
    core.name,
    core.model,
    p.prompt,
    CASE
        WHEN s.is_chat AND json_type(s.inputs -> core.prompt_index) = 'ARRAY' THEN s.inputs -> core.prompt_index
        WHEN s.is_span AND json_type(s.inputs) = 'ARRAY' THEN s.inputs
    END AS messages,
    a.text,
    CASE
        WHEN s.is_span IS NOT TRUE THEN nullif(e.outputs -> core.prompt_index -> core.generation_index -> 'message', 'null')
    END AS message,
    core.finish_reason,
    core.input_tokens,
    core.output_tokens,
    core.total_tokens,
    core.cached_tokens,
    core.cache_write_tokens,
    core.reasoning_tokens,
    c.cost,
    core.start_time,
    core.end_time,
    core.duration_ms,
    core.time_to_first_token_ms,
    core.partial,
    {m.complexity},
    {n.annotation}
FROM stage.generation_core AS core
LEFT JOIN stage.prompts AS p ON p.row_id = core.start_row AND p.prompt_index = core.prompt_index
LEFT JOIN stage.answers AS a
    ON a.row_id = core.end_row AND a.prompt_index = core.prompt_index AND a.generation_index = core.generation_index
LEFT JOIN stage.recorded AS s ON s.row_id = core.start_row
LEFT JOIN stage.recorded AS e ON e.row_id = core.end_row
LEFT JOIN stage.measured AS m ON m.place = core.place
LEFT JOIN stage.generation_costs AS c ON c.place = core.place
LEFT JOIN stage.annotated AS n ON n.place = core.place
ORDER BY core.place;
