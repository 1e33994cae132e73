-- A clock that was set back makes no negative durations.
CREATE MACRO stage.elapsed_ms(began, ended) AS
    CASE WHEN began IS NOT NULL AND ended IS NOT NULL THEN greatest(epoch_ns(ended) - epoch_ns(began), 0) / 1e6 END;
