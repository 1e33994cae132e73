-- Each prompt with its answer: by run id and place in the call, never by position in the log.
CREATE VIEW session_analysis AS
WITH records AS (
    SELECT
        a.run_id,
        a.action,
        a.prompt_index,
        a.generation_index,
        a.step,
        a.prompts,
        a.name
    FROM action_records AS a
    JOIN stage.run_core AS runs ON runs.run_id = a.run_id
    WHERE a.action IN ('on_llm_start', 'on_llm_end', 'on_llm_error')
    -- A run that two recorders heard counts where it belongs.
    QUALIFY row_number() OVER (
        PARTITION BY a.run_id, a.action, a.prompt_index, a.generation_index
        ORDER BY a.session_id IS DISTINCT FROM runs.session_id, a.time, a.step
    ) = 1
),
asked AS (SELECT * FROM records WHERE action = 'on_llm_start'),
answered AS (SELECT * FROM records WHERE action = 'on_llm_end'),
failed AS (SELECT * FROM records WHERE action = 'on_llm_error'),
-- What a call without an end, or without an answer, had streamed.
streamed AS (SELECT run_id, string_agg(text, '' ORDER BY position) AS text FROM tokens GROUP BY run_id),
paired AS (
    SELECT
        coalesce(g.run_id, asked.run_id) AS run_id,
        coalesce(g.prompt_index, asked.prompt_index) AS prompt_index,
        g.generation_index,
        asked.step AS prompt_step,
        asked.prompts,
        asked.name,
        g.run_id IS NOT NULL AS has_answer,
        g.text,
        g.message,
        g.total_tokens,
        g.input_tokens,
        g.output_tokens,
        {g.metrics},
        g.dependency_tree,
        g.entities,
        bool_or(coalesce(g.total_tokens, g.input_tokens, g.output_tokens) IS NOT NULL) OVER call AS has_tokens,
        row_number() OVER (call ORDER BY coalesce(g.prompt_index, asked.prompt_index), g.generation_index) = 1 AS is_first
    FROM asked
    FULL JOIN generations AS g ON g.run_id = asked.run_id AND g.prompt_index = asked.prompt_index
    WINDOW call AS (PARTITION BY coalesce(g.run_id, asked.run_id))
)
SELECT
    runs.session_id,
    runs.trace_id,
    p.run_id,
    p.prompt_index,
    p.generation_index,
    p.prompt_step,
    p.prompts,
    coalesce(p.name, runs.name) AS name,
    coalesce(answered.step, failed.step) AS output_step,
    CASE WHEN p.has_answer THEN p.text WHEN p.is_first THEN streamed.text END AS output,
    -- Tokens of a call as a whole stand in its first row, so that the column can be summed.
    CASE WHEN has_tokens THEN p.total_tokens WHEN is_first THEN runs.total_tokens END AS token_usage_total_tokens,
    CASE WHEN has_tokens THEN p.input_tokens WHEN is_first THEN runs.input_tokens END AS token_usage_prompt_tokens,
    CASE WHEN has_tokens THEN p.output_tokens WHEN is_first THEN runs.output_tokens END AS token_usage_completion_tokens,
    {p.metrics},
    p.dependency_tree,
    p.entities,
    runs.error_type,
    runs.error_message,
    chat_page(
        p.prompts,
        CASE WHEN json_type(p.message) = 'OBJECT' THEN message_text(p.message) ELSE output END,
        CASE WHEN runs.status = 'error' THEN concat_ws(': ', runs.error_type, runs.error_message) END
    ) AS chat_html
FROM paired AS p
JOIN stage.run_core AS runs ON runs.run_id = p.run_id
LEFT JOIN answered ON answered.run_id = p.run_id
    AND answered.prompt_index = p.prompt_index AND answered.generation_index = p.generation_index
LEFT JOIN failed ON failed.run_id = p.run_id
LEFT JOIN streamed ON streamed.run_id = p.run_id
ORDER BY coalesce(runs.start_time, runs.end_time), p.run_id, p.prompt_index, p.generation_index;
