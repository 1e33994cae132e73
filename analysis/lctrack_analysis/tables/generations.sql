-- Each answer finds its own prompt: by run id and place in the call, never by position in the log.
CREATE TABLE generations AS
SELECT
    runs.session_id,
    runs.trace_id,
    runs.run_id,
    answers.prompt_index,
    answers.generation_index,
    runs.kind,
    runs.name,
    runs.model,
    prompts.prompt,
    prompts.messages,
    answers.text,
    answers.message,
    answers.finish_reason,
    answers.input_tokens,
    answers.output_tokens,
    answers.total_tokens,
    answers.cached_tokens,
    answers.reasoning_tokens,
    runs.start_time,
    runs.end_time,
    runs.duration_ms,
    runs.time_to_first_token_ms,
    answers.partial,
    {complexity}
FROM pairs
JOIN runs USING (run_id)
JOIN answers ON answers.id = pairs.end_id
LEFT JOIN prompts ON prompts.id = pairs.start_id AND prompts.prompt_index = answers.prompt_index
WHERE runs.kind IN ('llm', 'chat_model')
ORDER BY coalesce(runs.start_time, runs.end_time), runs.run_id, answers.prompt_index, answers.generation_index;
