-- Recorded values as the texts that LangChain's trackers show.
CREATE MACRO told(value) AS
    CASE json_type(value) WHEN 'NULL' THEN NULL WHEN 'VARCHAR' THEN value ->> '$' ELSE value::VARCHAR END;

CREATE MACRO content_text(content) AS
    CASE json_type(content)
        WHEN 'ARRAY' THEN array_to_string(
            list_transform(
                (content -> '$[*]')::JSON[],
                lambda block: CASE
                    WHEN json_type(block) = 'VARCHAR' THEN block ->> '$'
                    WHEN json_type(block, '$.text') = 'VARCHAR' THEN block ->> '$.text'
                    ELSE ''
                END
            ),
            ''
        )
        ELSE coalesce(told(content), '')
    END;

CREATE MACRO calls_text(message) AS
    array_to_string(
        list_transform(
            (message -> '$.tool_calls[*]')::JSON[],
            lambda call: concat(told(call -> 'name'), '(', (call -> 'args')::VARCHAR, ')')
        ),
        ' '
    );

-- A message without its speaker: what it says, then the tools it calls.
CREATE MACRO message_text(message) AS
    concat_ws(' ', nullif(content_text(message -> 'content'), ''), nullif(calls_text(message), ''));

CREATE MACRO speaker(message) AS
    CASE regexp_replace(coalesce(message ->> 'type', ''), 'MessageChunk$', '')
        WHEN 'human' THEN 'Human' WHEN 'ai' THEN 'AI' WHEN 'system' THEN 'System'
        WHEN 'tool' THEN 'Tool' WHEN 'function' THEN 'Function'
        WHEN 'Human' THEN 'Human' WHEN 'AI' THEN 'AI' WHEN 'System' THEN 'System'
        WHEN 'Tool' THEN 'Tool' WHEN 'Function' THEN 'Function'
        ELSE coalesce(message ->> 'role', message ->> 'type', 'unknown')
    END;

-- A conversation as `get_buffer_string` of LangChain writes it, but for tool calls. Anything else is told as it is.
CREATE MACRO conversation_text(messages) AS
    CASE json_type(messages)
        WHEN 'ARRAY' THEN array_to_string(
            list_transform(
                (messages -> '$[*]')::JSON[],
                lambda message: CASE json_type(message)
                    WHEN 'OBJECT' THEN concat(speaker(message), ': ', message_text(message))
                    ELSE coalesce(told(message), '')
                END
            ),
            chr(10)
        )
        ELSE told(messages)
    END;

-- Text from models is hostile: nothing of it is markup, and control characters are shown as what they are not.
CREATE MACRO html_text(content) AS
    replace(
        replace(replace(replace(replace(replace(
            regexp_replace(content, '[\x00-\x08\x0b-\x1f\x7f-\x9f]', chr(65533), 'g'),
            '&', '&amp;'), '<', '&lt;'), '>', '&gt;'), '"', '&quot;'), '''', '&#x27;'),
        chr(10), '<br>'
    );

-- The shape that LangChain's trackers give a prompt and its answer; what failed is red.
CREATE MACRO chat_page(prompt, answer, failure) AS
    concat(
        '<p style="color:black;">', html_text(coalesce(prompt, '')), ':</p>', chr(10), '<blockquote>', chr(10),
        CASE WHEN answer IS NOT NULL THEN
            concat('  <p style="color:green;">', chr(10), '    ', html_text(answer), chr(10), '  </p>', chr(10))
        END,
        CASE WHEN failure IS NOT NULL THEN
            concat('  <p style="color:red;">', chr(10), '    ', html_text(failure), chr(10), '  </p>', chr(10))
        END,
        '</blockquote>', chr(10)
    );
