-- What LangChain's tracker handlers would have kept, out of the events alone: nothing is computed until it is asked for.
CREATE VIEW action_records AS
WITH streamed AS (
    SELECT
        run_id,
        session_id,
        count(*) FILTER (WHERE event = 'llm_new_token') AS tokens,
        count(*) FILTER (WHERE event = 'stream_event') AS deltas
    FROM stage.lines
    WHERE event = 'llm_new_token' OR event = 'stream_event' AND data ->> '$.data.event' = 'content-block-delta'
    GROUP BY run_id, session_id
),
heard AS (
    SELECT
        e.row_id,
        e.file,
        e.line,
        e.segment,
        e.seq,
        e.session_id,
        coalesce(runs.trace_id, e.trace_id) AS trace_id,
        epoch_ns(e.time) AS time,
        CASE
            WHEN e.event = 'chat_model_start' THEN 'on_llm_start'
            WHEN e.event IN ('span_start', 'span_end', 'span_error') THEN concat(
                'on_',
                CASE
                    WHEN runs.kind IN ('llm', 'chat_model') THEN 'llm'
                    WHEN runs.kind IN ('tool', 'retriever') THEN runs.kind
                    ELSE 'chain'
                END,
                e.event[5:]
            )
            WHEN e.event IN ('llm_error', 'chain_error', 'tool_error', 'retriever_error')
                AND e.data ->> '$.error.type' IN ({steering}) THEN concat('on_', e.event[:-7], '_end')
            WHEN e.event = 'stream_event' AND streamed.tokens = 0 AND data ->> '$.data.event' = 'content-block-delta'
                THEN 'on_llm_new_token'
            WHEN e.event IN (
                'llm_start', 'llm_new_token', 'llm_end', 'llm_error', 'chain_start', 'chain_end', 'chain_error',
                'tool_start', 'tool_end', 'tool_error', 'retriever_start', 'retriever_end', 'retriever_error',
                'text', 'agent_action', 'agent_finish'
            ) THEN concat('on_', e.event)
        END AS action,
        -- Pieces of a stream that were counted and not kept: they are told at its end.
        CASE WHEN action IN ('on_llm_end', 'on_llm_error') THEN greatest(
            coalesce(runs.chunks, 0) - coalesce(nullif(streamed.tokens, 0), streamed.deltas, 0), 0
        ) ELSE 0 END AS unkept
    FROM stage.lines AS e
    LEFT JOIN stage.run_core AS runs ON runs.run_id = e.run_id
    LEFT JOIN streamed ON streamed.run_id = e.run_id AND streamed.session_id IS NOT DISTINCT FROM e.session_id
    WHERE action IS NOT NULL
),
-- Within a segment lines stand in the order they were written, between segments the clock decides.
placed AS (
    SELECT *, max(time) OVER (PARTITION BY segment ORDER BY seq, file, line) AS clock FROM heard
),
-- Sums, because DuckDB counts with a FILTER fifty times slower here.
counted AS (
    SELECT
        *,
        try_cast(sum(1 + unkept::HUGEINT) OVER so_far AS BIGINT) AS step,
        (sum((ends_with(action, '_start') OR action = 'on_agent_action')::INT) OVER so_far)::BIGINT AS starts,
        (sum((ends_with(action, '_end') OR action = 'on_agent_finish')::INT) OVER so_far)::BIGINT AS ends,
        (sum((ends_with(action, '_error'))::INT) OVER so_far)::BIGINT AS errors,
        (sum((action = 'on_text')::INT) OVER so_far)::BIGINT AS text_ctr,
        (sum((action = 'on_chain_start')::INT) OVER so_far)::BIGINT AS chain_starts,
        (sum((action = 'on_chain_end')::INT) OVER so_far)::BIGINT AS chain_ends,
        (sum((action = 'on_llm_start')::INT) OVER so_far)::BIGINT AS llm_starts,
        (sum((action = 'on_llm_end')::INT) OVER so_far)::BIGINT AS llm_ends,
        try_cast(sum(unkept::HUGEINT + (action = 'on_llm_new_token')::INT) OVER so_far AS BIGINT) AS llm_streams,
        (sum((action IN ('on_tool_start', 'on_agent_action'))::INT) OVER so_far)::BIGINT AS tool_starts,
        (sum((action = 'on_tool_end')::INT) OVER so_far)::BIGINT AS tool_ends,
        (sum((action = 'on_agent_finish')::INT) OVER so_far)::BIGINT AS agent_ends,
        (sum((action = 'on_retriever_start')::INT) OVER so_far)::BIGINT AS retriever_starts,
        (sum((action = 'on_retriever_end')::INT) OVER so_far)::BIGINT AS retriever_ends
    FROM placed
    WINDOW so_far AS (
        PARTITION BY session_id ORDER BY clock, segment, seq, file, line ROWS UNBOUNDED PRECEDING
    )
),
-- One record for each prompt, each answer, and each input of a list.
parts AS (
    SELECT
        c.*,
        e.run_id,
        e.event,
        e.name AS run_name,
        e.time AS happened,
        e.data,
        unnest(CASE
            WHEN e.event = 'llm_start' THEN list_transform(
                (e.data -> '$.prompts[*]')::JSON[], lambda item, place: {'number': place - 1, 'answer': NULL::BIGINT}
            )
            WHEN e.event = 'chat_model_start' THEN list_transform(
                (e.data -> '$.messages[*]')::JSON[], lambda item, place: {'number': place - 1, 'answer': NULL::BIGINT}
            )
            WHEN e.event = 'llm_end' THEN flatten(list_transform(
                (e.data -> '$.generations[*]')::JSON[],
                lambda answers, prompt: list_transform(
                    (answers -> '$[*]')::JSON[], lambda item, place: {'number': prompt - 1, 'answer': place - 1}
                )
            ))
            WHEN action = 'on_chain_start' AND json_type(e.data, '$.inputs.input') = 'ARRAY' THEN list_transform(
                (e.data -> '$.inputs.input[*]')::JSON[], lambda item, place: {'number': place - 1, 'answer': NULL::BIGINT}
            )
            WHEN action = 'on_llm_start' THEN [{'number': 0::BIGINT, 'answer': NULL::BIGINT}]
            WHEN action = 'on_llm_end' THEN [{'number': 0::BIGINT, 'answer': 0::BIGINT}]
            ELSE [{'number': NULL::BIGINT, 'answer': NULL::BIGINT}]
        END) AS part
    FROM counted AS c
    JOIN stage.lines AS e USING (row_id)
),
-- In order before texts are taken out of what was recorded: sorted are places and, where texts are asked for, events.
sorted AS (
    SELECT
        * EXCLUDE (part),
        part.number,
        CASE WHEN action IN ('on_llm_start', 'on_llm_end') THEN part.number END AS prompt_index,
        part.answer AS generation_index
    FROM parts
    ORDER BY clock, segment, seq, file, line, part.number, part.answer
),
items AS (
    SELECT
        *,
        CASE
            WHEN event = 'llm_start' THEN data -> 'prompts' -> number
            WHEN event = 'chat_model_start' THEN data -> 'messages' -> number
            WHEN event = 'llm_end' THEN data -> 'generations' -> number -> generation_index
            WHEN action = 'on_chain_start' THEN data -> 'inputs' -> 'input' -> number
            WHEN action = 'on_llm_start' THEN data -> 'inputs'
            WHEN action = 'on_llm_end' THEN data -> 'outputs'
        END AS item
    FROM sorted
),
records AS (
    SELECT
        *,
        CASE WHEN ends_with(action, '_start') THEN data -> 'serialized' END AS serialized,
        CASE action WHEN 'on_llm_end' THEN data -> 'llm_output' END AS llm_output,
        CASE json_type(item) WHEN 'OBJECT' THEN item ELSE json_object('text', told(item)) END AS answer,
        CASE WHEN ends_with(action, '_start') THEN coalesce(
            data ->> '$.serialized.name', run_name, data ->> '$.serialized.id[-1]'
        ) END AS name,
        CASE action WHEN 'on_llm_start' THEN conversation_text(item) END AS prompts,
        CASE action WHEN 'on_llm_new_token' THEN content_text(
            CASE event WHEN 'stream_event' THEN data -> '$.data.delta.text' ELSE data -> 'token' END
        ) END AS token,
        CASE action
            WHEN 'on_llm_end' THEN answer ->> 'text'
            WHEN 'on_llm_error' THEN coalesce(told(data -> '$.generations[0][0].text'), told(data -> 'outputs'))
            WHEN 'on_text' THEN told(data -> 'text')
        END AS text,
        CASE action WHEN 'on_chain_start' THEN coalesce(
            told(item), told(data -> '$.inputs.input'), told(data -> '$.inputs.human_input'), told(data -> 'inputs')
        ) END AS input,
        CASE action WHEN 'on_chain_end' THEN coalesce(
            told(data -> '$.outputs.output'), told(data -> '$.outputs.text'), told(data -> 'outputs')
        ) END AS outputs,
        CASE action WHEN 'on_tool_start' THEN coalesce(told(data -> 'input_str'), told(data -> 'inputs')) END AS input_str,
        CASE
            WHEN action = 'on_agent_finish' THEN told(data -> '$.finish.return_values.output')
            WHEN action = 'on_tool_end' AND json_exists(data, '$.output.content') AND json_exists(data, '$.output.type')
                THEN told(data -> '$.output.content')
            WHEN action = 'on_tool_end' THEN coalesce(told(data -> 'output'), told(data -> 'outputs'))
        END AS output,
        CASE action WHEN 'on_agent_action' THEN told(data -> '$.action.tool') END AS tool,
        CASE action WHEN 'on_agent_action' THEN told(data -> '$.action.tool_input') END AS tool_input,
        CASE action
            WHEN 'on_agent_action' THEN told(data -> '$.action.log')
            WHEN 'on_agent_finish' THEN told(data -> '$.finish.log')
        END AS log,
        CASE action WHEN 'on_retriever_start' THEN coalesce(told(data -> 'query'), told(data -> 'inputs')) END AS query,
        CASE action WHEN 'on_retriever_end' THEN coalesce(data -> 'documents', data -> 'outputs') END AS documents,
        CASE WHEN ends_with(action, '_error') THEN told(data -> '$.error.type') END AS error_type,
        CASE WHEN ends_with(action, '_error') THEN told(data -> '$.error.message') END AS error_message
    FROM items
)
SELECT
    session_id,
    trace_id,
    run_id,
    prompt_index,
    generation_index,
    happened AS time,
    segment,
    seq,
    action,
    try_cast(serialized ->> 'lc' AS BIGINT) AS lc,
    CASE action WHEN 'on_llm_end' THEN answer ->> 'type' ELSE told(serialized -> 'type') END AS type,
    serialized -> 'id' AS id,
    told(serialized -> 'repr') AS repr,
    name,
    step,
    starts,
    ends,
    errors,
    text_ctr,
    chain_starts,
    chain_ends,
    llm_starts,
    llm_ends,
    llm_streams,
    tool_starts,
    tool_ends,
    agent_ends,
    retriever_starts,
    retriever_ends,
    prompts,
    token,
    told(llm_output -> 'model_name') AS model_name,
    try_cast(llm_output ->> '$.token_usage.total_tokens' AS BIGINT) AS token_usage_total_tokens,
    try_cast(llm_output ->> '$.token_usage.prompt_tokens' AS BIGINT) AS token_usage_prompt_tokens,
    try_cast(llm_output ->> '$.token_usage.completion_tokens' AS BIGINT) AS token_usage_completion_tokens,
    text,
    CASE action WHEN 'on_llm_end' THEN told(answer -> '$.generation_info.finish_reason') END
        AS generation_info_finish_reason,
    input,
    outputs,
    input_str,
    told(serialized -> 'description') AS description,
    output,
    tool,
    tool_input,
    log,
    query,
    documents,
    error_type,
    error_message,
    -- Objects at the second and fourth place are flattened, as LangChain's `flatten_dict` does.
    flattened(json_array(
        CASE action
            WHEN 'on_llm_new_token' THEN json_object('action', action, 'token', token)
            WHEN 'on_chain_end' THEN json_object('action', action, 'outputs', outputs)
            WHEN 'on_tool_start' THEN json_object('action', action, 'name', name, 'input_str', input_str)
            WHEN 'on_tool_end' THEN json_object('action', action, 'output', output)
            WHEN 'on_text' THEN json_object('action', action, 'text', text)
            WHEN 'on_agent_action' THEN json_object(
                'action', action, 'tool', tool, 'tool_input', data -> '$.action.tool_input', 'log', log
            )
            WHEN 'on_agent_finish' THEN json_object('action', action, 'output', output, 'log', log)
            WHEN 'on_retriever_start' THEN json_object('action', action, 'name', name, 'query', query)
            WHEN 'on_retriever_end' THEN json_object('action', action, 'documents', documents)
            WHEN 'on_llm_start' THEN json_object('action', action, 'name', name)
            WHEN 'on_chain_start' THEN json_object('action', action, 'name', name)
            WHEN 'on_llm_end' THEN json_object('action', action)
            WHEN 'on_llm_error' THEN json_object(
                'action', action, 'text', text, 'error_type', error_type, 'error_message', error_message
            )
            ELSE json_object('action', action, 'error_type', error_type, 'error_message', error_message)
        END,
        coalesce(serialized, llm_output),
        {
            'step': step, 'starts': starts, 'ends': ends, 'errors': errors, 'text_ctr': text_ctr,
            'chain_starts': chain_starts, 'chain_ends': chain_ends, 'llm_starts': llm_starts, 'llm_ends': llm_ends,
            'llm_streams': llm_streams, 'tool_starts': tool_starts, 'tool_ends': tool_ends, 'agent_ends': agent_ends,
            'retriever_starts': retriever_starts, 'retriever_ends': retriever_ends
        },
        CASE action WHEN 'on_llm_end' THEN answer END,
        CASE action
            WHEN 'on_llm_start' THEN json_object('prompts', prompts)
            WHEN 'on_chain_start' THEN CASE json_type(item) WHEN 'OBJECT' THEN item ELSE json_object('input', input) END
        END
    )::VARCHAR)::JSON AS record
FROM records;
