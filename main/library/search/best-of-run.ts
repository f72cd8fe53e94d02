/** Of every run only its best picture: by the score shown, then by number. `p` is the picture, `g` its run, `s` its score. */
export const bestOfRun = `p.key = (SELECT b.key FROM pictures AS b LEFT JOIN scores AS bs ON bs.picture_key = b.key
  AND bs.clip_pack_key = coalesce((SELECT CAST(value AS INTEGER) FROM settings WHERE name = 'clipPackKey'), g.pack_key)
  WHERE b.generation_key = p.generation_key AND (b.deleted_at IS NULL) = (p.deleted_at IS NULL)
  ORDER BY bs.score DESC NULLS LAST, b.candidate LIMIT 1)`

/** How many pictures of its run are shown. */
export const runPictures = `(SELECT count(*) FROM pictures AS r WHERE r.generation_key = p.generation_key
  AND (r.deleted_at IS NULL) = (p.deleted_at IS NULL)) AS run_pictures`
