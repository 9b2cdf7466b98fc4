-- A province as large as all of them: 20,000 products at scale 1, ten listings each, eleven intervals per listing.
-- :products, :producers and :province are filled in by the bench; statements are parted by empty lines.
-- What is not told here is empty: the database is the bench's own.
DO $$ DECLARE c record; BEGIN
  FOR c IN SELECT table_name t, column_name n,
                  CASE data_type WHEN 'boolean' THEN 'false' WHEN 'bigint' THEN '0' WHEN 'jsonb' THEN '{}'
                                 WHEN 'ARRAY' THEN '{}' ELSE '' END AS empty
           FROM information_schema.columns
           WHERE table_schema = 'public' AND is_nullable = 'NO' AND column_default IS NULL AND is_identity = 'NO'
             AND data_type IN ('boolean', 'bigint', 'jsonb', 'ARRAY', 'character varying', 'text')
             AND table_name IN ('producers', 'products', 'recognition_decisions', 'certificates',
                                'marketplace_accounts', 'listings') LOOP
    EXECUTE format('ALTER TABLE %I ALTER COLUMN %I SET DEFAULT %L', c.t, c.n, c.empty);
  END LOOP;
END $$;

INSERT INTO producers(id, kind, name, name_folded, sort_key, current_unit_id, certified_unit_id, province_id)
SELECT uuidv7(), (ARRAY['doanh_nghiep','hop_tac_xa','to_hop_tac','ho_kinh_doanh'])[1 + n % 4],
       'P' || n, 'p' || n, 'p' || n, u.id, u.id, ':province'
FROM generate_series(1, :producers) n
JOIN (SELECT id, row_number() OVER (ORDER BY id) rn, count(*) OVER () c FROM admin_units
      WHERE level = 'commune' AND valid_to IS NULL AND province_id = ':province') u ON u.rn = 1 + n % u.c;

-- About every sixth product is fruit, honey, tea …: sold in one to three months of the year, others all year round.
INSERT INTO products(id, producer_id, name, name_folded, sort_key, group_code, status, certified_unit_id,
                     current_unit_id, province_id, season_months, revision)
SELECT uuidv7(), p.id, 'S' || n, 's' || n, 's' || n,
       (ARRAY['thuc_pham','do_uong','duoc_lieu','thu_cong_my_nghe','sinh_vat_canh','du_lich'])[1 + n % 6],
       'approved', p.current_unit_id, p.current_unit_id, ':province',
       CASE WHEN h % 100 < 16
            THEN (ARRAY['[3, 4, 5]','[5, 6]','[6, 7]','[1, 2, 12]','[8, 9, 10]','[1, 11, 12]','[4]','[9]'])
                 [1 + h / 100 % 8]::jsonb
            ELSE '[]' END,
       1
FROM (SELECT n, abs(hashtext('S' || n)) h FROM generate_series(1, :products) n) numbered
JOIN (SELECT *, row_number() OVER (ORDER BY name) rn FROM producers) p ON p.rn = 1 + n % :producers;

INSERT INTO recognition_decisions(id, number, number_folded, issuer_level)
VALUES (uuidv7(), '1', '1', 'province');

INSERT INTO certificates(id, product_id, producer_id, decision_id, stars, valid, certified_unit_id)
SELECT uuidv7(), p.id, p.producer_id, d.id, 3 + p.h % 3,
       tstzrange(timestamptz '2020-01-01' + k * interval '3 years' + interval '1 day' * (p.h % 900),
                 timestamptz '2020-01-01' + (k + 1) * interval '3 years' + interval '1 day' * (p.h % 900 - 30)),
       p.certified_unit_id
FROM (SELECT *, abs(hashtext(name)) h FROM products) p, recognition_decisions d, generate_series(0, 2) k;

INSERT INTO marketplace_accounts(id, producer_id, marketplace_key, shop_id, mode, state)
SELECT uuidv7(), p.id, m.key, p.id::text, 'api', 'connected'
FROM producers p, (SELECT key FROM marketplaces ORDER BY position LIMIT 10) m;

INSERT INTO listings(id, account_id, product_id, producer_id, marketplace_key, seller_sku, desired,
                     desired_revision, sent_revision, state, step)
SELECT uuidv7(), a.id, p.id, p.producer_id, a.marketplace_key, p.id::text, 'live', 1, 1, 'live', 'idle'
FROM products p JOIN marketplace_accounts a ON a.producer_id = p.producer_id;

DO $$ DECLARE c record; BEGIN
  FOR c IN SELECT conname FROM pg_constraint
           WHERE conrelid = 'listing_intervals'::regclass AND contype IN ('f', 'x') LOOP
    EXECUTE format('ALTER TABLE listing_intervals DROP CONSTRAINT %I', c.conname);
  END LOOP;
END $$;

INSERT INTO listing_intervals(id, listing_id, product_id, producer_id, marketplace_key, state, grade, during)
SELECT uuidv7(), l.id, l.product_id, l.producer_id, l.marketplace_key,
       (ARRAY['live','live','live','unknown','deleted','rejected','in_review','live'])[1 + (l.h + k * 7) % 8],
       (ARRAY['api','link','link','declared','seen'])[1 + (l.h / 8 + k) % 5],
       tstzrange(l.begun + k * l.spell, CASE WHEN k < 10 THEN l.begun + (k + 1) * l.spell END)
FROM (SELECT *, timestamptz '2021-11-01' + interval '1 hour' * (h % 4000) AS begun,
             interval '4 months' + interval '1 hour' * (h % 500) AS spell
      FROM (SELECT *, abs(hashtext(product_id::text || marketplace_key)) h FROM listings) hashed) l,
     generate_series(0, 10) k
ORDER BY k, l.id;

-- An officer looks again every 80 days at what is known by her look alone.
INSERT INTO evidence(id, listing_id, producer_id, grade, state, seen_at, url, seen_by, checks)
SELECT uuidv7(), i.listing_id, i.producer_id, 'seen', 'live', looked, '', '', '{}'
FROM listing_intervals i,
     generate_series(lower(i.during), least(upper(i.during), now()) - interval '1 minute', interval '80 days') looked
WHERE i.state = 'live' AND i.grade = 'seen';
