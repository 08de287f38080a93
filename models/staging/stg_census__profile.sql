-- Census profile of the whole city: one row a printed line, found by topic and characteristic.
-- `line_key` holds both, trimmed and case folded; the position of a line means nothing.
select
    {{ clean_id('profile_row') }} as profile_row,
    {{ clean_text('topic') }} as topic,
    {{ clean_text('characteristic') }} as characteristic,
    lower(trim(topic)) || '|' || lower(trim(characteristic)) as line_key,
    {{ clean_count('place_count') }} as residents
from {{ delivered('census__neighbourhood_profile') }}
