-- What can be long, taken out of the event itself when somebody asks: what went into a run and what came out of it.
CREATE VIEW stage.recorded AS
SELECT
    row_id,
    metadata,
    CASE event
        WHEN 'llm_start' THEN nullif(data -> 'prompts', 'null')
        WHEN 'chat_model_start' THEN nullif(data -> 'messages', 'null')
        WHEN 'tool_start' THEN coalesce(nullif(data -> 'inputs', 'null'), nullif(data -> 'input_str', 'null'))
        WHEN 'retriever_start' THEN nullif(data -> 'query', 'null')
        ELSE nullif(data -> 'inputs', 'null')
    END AS inputs,
    CASE
        WHEN event IN ('llm_end', 'llm_error') THEN nullif(data -> 'generations', 'null')
        WHEN event = 'tool_end' THEN nullif(data -> 'output', 'null')
        WHEN event = 'retriever_end' THEN nullif(data -> 'documents', 'null')
        ELSE nullif(data -> 'outputs', 'null')
    END AS outputs,
    nullif(data -> 'inputs', 'null') AS inputs_at_end,
    nullif(data -> 'params', 'null') AS params,
    nullif(data -> 'serialized', 'null') AS serialized,
    event = 'chat_model_start' AS is_chat,
    event = 'span_start' AS is_span
FROM stage.lines;
