-- Each answer finds its own prompt: by run id and place in the call, never by position in the log.
CREATE TABLE stage.generation_core AS
SELECT *, row_number() OVER () AS place
FROM (SELECT
    runs.session_id,
    runs.trace_id,
    runs.run_id,
    answers.prompt_index,
    answers.generation_index,
    runs.kind,
    runs.name,
    runs.model,
    answers.finish_reason,
    answers.input_tokens,
    answers.output_tokens,
    answers.total_tokens,
    answers.cached_tokens,
    answers.cache_write_tokens,
    answers.reasoning_tokens,
    runs.start_time,
    runs.end_time,
    runs.duration_ms,
    runs.time_to_first_token_ms,
    answers.partial,
    runs.start_row,
    runs.end_row
FROM stage.run_core AS runs
JOIN stage.answers ON answers.row_id = runs.end_row
WHERE runs.kind IN ('llm', 'chat_model')
ORDER BY coalesce(runs.start_time, runs.end_time), runs.run_id, answers.prompt_index, answers.generation_index);
