-- Records management system, searches of arrested people; only level 3 is a strip search.
-- Deleted rows left out.
select
    {{ clean_id('search_id') }} as search_id,
    {{ clean_id('arrest_id') }} as arrest_id,
    {{ clean_date('searched_at') }} as record_date,
    {{ cast_or_null(clean_id('search_level'), 'integer') }} as search_level,
    {{ clean_flag('items_found') }} as items_found
from {{ delivered('rms__strip_searches') }}
where not coalesce({{ clean_flag('is_deleted') }}, false)
