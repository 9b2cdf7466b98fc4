"""The first house: every room's tables, the queue, and the two walls.

Row-level security: a transaction sees tenant rows only as far as ``app.scope`` says (``ocop_hub.db.Scope``).
The application role owns nothing and cannot rewrite what must stay: audit rows, revisions, trace events.

Revision: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from ocop_hub.schema import packaged_folder

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_tables()
    for statement in SCANS, *NO_OVERLAP, *APP_ROLE, *SCOPE_FUNCTIONS:
        op.execute(statement)
    run_frozen("pgqueuer_1_6_0.sql")
    for table in TENANT_TABLES:
        protect(table, owner_column="producer_id", public=table in PUBLIC_TABLES)
    protect("producers", owner_column="id", public=True)
    for statement in *NARROWED, *GTINS, *ALONG_THE_CHAIN, *GRANTS, *SIGHTINGS, *WORDS:
        op.execute(statement)


def run_frozen(name: str) -> None:
    """Run a file of several commands as it stands; a prepared statement would take only one."""
    sql = (packaged_folder("migrations") / "frozen" / name).read_text(encoding="utf-8")
    op.get_bind().connection.dbapi_connection.run_async(lambda raw: raw.execute(sql))


#: Scans are kept by month; the default partition takes what no month has been made for yet.
SCANS = "CREATE TABLE scans_default PARTITION OF scans DEFAULT"

#: GiST compares identifiers with built-in operators as two points of four whole numbers: no extension is needed.
#: Numbers of 32 bits are exact in a point, and points lie apart in the index; a range over one identifier, which
#: has no distance, makes an index of which each insert reads ever more (10,000 rows: 1.2 s for 0.1 s, tried).
NO_OVERLAP = (
    """CREATE FUNCTION uuid_head(id uuid) RETURNS point LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS
       $$ SELECT point(('x' || substr(id::text, 1, 8))::bit(32)::bigint,
                       ('x' || substr(id::text, 10, 4) || substr(id::text, 15, 4))::bit(32)::bigint) $$""",
    """CREATE FUNCTION uuid_tail(id uuid) RETURNS point LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS
       $$ SELECT point(('x' || substr(id::text, 20, 4) || substr(id::text, 25, 4))::bit(32)::bigint,
                       ('x' || substr(id::text, 29, 8))::bit(32)::bigint) $$""",
    """ALTER TABLE certificates ADD CONSTRAINT ex_certificates_overlap EXCLUDE USING gist
       (uuid_tail(product_id) WITH ~=, uuid_head(product_id) WITH ~=, valid WITH &&) WHERE (NOT isempty(valid))
       DEFERRABLE INITIALLY IMMEDIATE""",
    """ALTER TABLE listing_intervals ADD CONSTRAINT ex_listing_intervals_overlap EXCLUDE USING gist
       (uuid_tail(listing_id) WITH ~=, uuid_head(listing_id) WITH ~=, during WITH &&) WHERE (NOT isempty(during))""",
    """CREATE UNIQUE INDEX uq_listing_intervals_open ON listing_intervals (listing_id)
       WHERE upper_inf(during)""",
)

#: Servers of our own have the role already; on another server the migrating login makes it and joins it.
APP_ROLE = (
    """DO $$ BEGIN
         IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'ocop_hub_app') THEN
           CREATE ROLE ocop_hub_app NOLOGIN;
         END IF;
       EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
       END $$""",
    """DO $$ BEGIN
         IF current_user <> 'ocop_hub_owner' AND NOT pg_has_role(current_user, 'ocop_hub_app', 'SET') THEN
           EXECUTE format('GRANT ocop_hub_app TO %I', current_user);
         END IF;
       END $$""",
)

SCOPE_FUNCTIONS = (
    """CREATE FUNCTION app_scope() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS
       $$ SELECT coalesce(current_setting('app.scope', true), '') $$""",
    """CREATE FUNCTION app_producers() RETURNS uuid[] LANGUAGE sql STABLE PARALLEL SAFE AS
       $$ SELECT string_to_array(nullif(current_setting('app.producers', true), ''), ',')::uuid[] $$""",
    """CREATE FUNCTION app_unit() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS
       $$ SELECT nullif(current_setting('app.unit', true), '') $$""",
)

TENANT_TABLES = (
    "producer_members",
    "mandates",
    "mandate_requests",
    "consents",
    "products",
    "product_variants",
    "product_revisions",
    "product_reviews",
    "product_photos",
    "photo_fetches",
    "spoken_stories",
    "product_readiness",
    "certificates",
    "lots",
    "trace_events",
    "lot_inputs",
    "epcis_captures",
    "scan_days",
    "scan_alerts",
    "problem_reports",
    "trace_codes",
    "resolver_links",
    "scans",
    "lot_keys",
    "print_runs",
    "serial_ranges",
    "serial_tallies",
    "run_acts",
    "label_papers",
    "marketplace_accounts",
    "shop_items",
    "listings",
    "listing_intervals",
    "listing_attempts",
    "evidence",
    "import_runs",
    "claim_codes",
    "merges",
    "handover_rows",
    "listing_doubles",
    "stall_consents",
    "listing_drifts",
    "bulk_rows",
    "webhook_endpoints",
    "webhook_messages",
    "closed_products",
    "live_sessions",
)

#: What a buyer's page is made of. Drafts of lots are cut out again in NARROWED.
PUBLIC_TABLES = frozenset(
    {
        "products",
        "consents",
        "product_variants",
        "product_photos",
        "certificates",
        "trace_codes",
        "resolver_links",
        "listings",
        "lots",
        "trace_events",
        "lot_keys",
        "print_runs",
        "serial_ranges",
        "serial_tallies",
    }
)

#: Sub-selects are planned once per statement, not once per row. The comparison stands inside them: a yes-or-no
#: sub-select is taken for half of the rows, ``(SELECT app_scope()) = 'all'`` for one in 200, and a join of five
#: walled tables would be planned as if it had one row.
MAY_SEE = """
    (SELECT app_scope() = 'all')
    OR ((SELECT app_scope() = 'own') AND {owner} = ANY ((SELECT app_producers())::uuid[]))
    OR ((SELECT app_scope() = 'unit') AND {owner} IN
        (SELECT p.id FROM producers p WHERE p.current_unit_id = (SELECT app_unit())))
"""
#: For the producers table itself, whose policy may not ask the producers table.
MAY_SEE_SELF = """
    (SELECT app_scope() = 'all')
    OR ((SELECT app_scope() = 'own') AND id = ANY ((SELECT app_producers())::uuid[]))
    OR ((SELECT app_scope() = 'unit') AND current_unit_id = (SELECT app_unit()))
"""
MAY_CHANGE = """
    (SELECT app_scope() = 'all')
    OR ((SELECT app_scope() = 'own') AND {owner} = ANY ((SELECT app_producers())::uuid[]))
"""

#: Row-level security lets no range operator near an index (it is not leakproof), and a percentage would read
#: all of history. The view carries the same wall as a plain condition, so the index on ``during`` serves it.
SIGHTINGS = (
    f"""CREATE VIEW listing_sightings AS
        SELECT i.listing_id, i.product_id, i.producer_id, i.marketplace_key, i.state, i.grade, i.during
        FROM listing_intervals i
        WHERE i.state IN ('live', 'unknown') AND ({MAY_SEE.format(owner="i.producer_id")})""",
    "REVOKE ALL ON listing_sightings FROM ocop_hub_app",
    "GRANT SELECT ON listing_sightings TO ocop_hub_app",
)

#: What is typed to find a product: its folded words, kept by the database itself whoever writes, because they
#: come from three tables. ``@@`` is not leakproof either, so they are asked through a view with the same wall;
#: what it finds is read from ``products`` behind their own.
WORDS = (
    r"""CREATE FUNCTION folded(given text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
       $$ SELECT regexp_replace(lower(translate(regexp_replace(normalize(given, NFD),
            '[\u0300-\u036f]', '', 'g'), 'ĐđÐð', 'dddd')), '[^a-z0-9]+', ' ', 'g') $$""",
    # Most products have no codes and no other language: what is empty is told apart before it is read.
    """CREATE FUNCTION product_search_words() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
       SET search_path = public, pg_temp AS $$
       DECLARE
         words text := concat_ws(' ', left(NEW.name_folded, 500), NEW.gtin, ltrim(NEW.gtin, '0'));
       BEGIN
         IF NEW.external_code <> '' THEN
           words := concat_ws(' ', words, left(folded(NEW.external_code), 500));
         END IF;
         IF NEW.commune_as_written <> '' THEN
           words := concat_ws(' ', words, left(folded(NEW.commune_as_written), 500));
         END IF;
         IF NEW.translations <> '{}' OR NEW.external_codes <> '{}' THEN
           words := concat_ws(' ', words,
             (SELECT string_agg(left(folded(t.value ->> 'name'), 500), ' ') FROM jsonb_each(NEW.translations) t),
             (SELECT string_agg(left(folded(t.value), 500), ' ') FROM jsonb_each_text(NEW.external_codes) t));
         END IF;
         words := concat_ws(' ', words,
           (SELECT string_agg(concat_ws(' ', v.gtin, ltrim(v.gtin, '0'), left(folded(v.external_code), 500)), ' ')
              FROM product_variants v WHERE v.product_id = NEW.id),
           (SELECT left(p.name_folded, 500) FROM producers p WHERE p.id = NEW.producer_id),
           (SELECT string_agg(u.search_words, ' ') FROM admin_units u
             WHERE u.id IN (NEW.certified_unit_id, NEW.current_unit_id)));
         NEW.search_words := array_to_tsvector(array_remove(string_to_array(words, ' '), ''));
         RETURN NEW;
       END $$""",
    """CREATE TRIGGER search_words BEFORE INSERT OR UPDATE OF name_folded, translations, external_code,
         external_codes, gtin, commune_as_written, producer_id, certified_unit_id, current_unit_id, search_words ON products
       FOR EACH ROW EXECUTE FUNCTION product_search_words()""",
    """CREATE FUNCTION search_words_anew() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
       SET search_path = public, pg_temp AS $$
       BEGIN
         IF TG_TABLE_NAME = 'producers' THEN
           UPDATE products SET search_words = NULL WHERE producer_id = NEW.id;
         ELSIF TG_TABLE_NAME = 'product_variants' THEN
           UPDATE products SET search_words = NULL WHERE id IN (NEW.product_id, OLD.product_id);
         ELSE
           UPDATE products SET search_words = NULL WHERE NEW.id IN (current_unit_id, certified_unit_id);
         END IF;
         RETURN NULL;
       END $$""",
    """CREATE TRIGGER search_words AFTER UPDATE OF name_folded ON producers FOR EACH ROW
       WHEN (OLD.name_folded IS DISTINCT FROM NEW.name_folded) EXECUTE FUNCTION search_words_anew()""",
    """CREATE TRIGGER search_words AFTER INSERT OR DELETE OR UPDATE OF gtin, external_code, product_id
       ON product_variants FOR EACH ROW EXECUTE FUNCTION search_words_anew()""",
    """CREATE TRIGGER search_words AFTER UPDATE OF search_words ON admin_units FOR EACH ROW
       WHEN (OLD.search_words IS DISTINCT FROM NEW.search_words) EXECUTE FUNCTION search_words_anew()""",
    f"""CREATE VIEW product_words AS
        SELECT w.id AS product_id, w.search_words AS words FROM products w
        WHERE (SELECT app_scope() = 'public') OR ({MAY_SEE.format(owner="w.producer_id")})""",
    "REVOKE ALL ON product_words FROM ocop_hub_app",
    "GRANT SELECT ON product_words TO ocop_hub_app",
)

#: Recognising, approving and closing a figure are an office's acts: nobody else writes these, whoever owns the
#: product.
OFFICE_WRITES = frozenset({"certificates", "closed_products", "product_reviews"})

NARROWED = (
    "CREATE POLICY public_read ON lots FOR SELECT USING ((SELECT app_scope() = 'public') AND state <> 'draft')",
    """CREATE POLICY public_read ON trace_events FOR SELECT USING ((SELECT app_scope() = 'public')
       AND EXISTS (SELECT 1 FROM lots l WHERE l.id = lot_id))""",
    """CREATE POLICY public_scan ON scans FOR INSERT WITH CHECK ((SELECT app_scope() = 'public'))""",
    # Whoever scans a label may report; only the producer and the office read it.
    """CREATE POLICY public_report ON problem_reports FOR INSERT WITH CHECK ((SELECT app_scope() = 'public'))""",
    """CREATE POLICY public_scan ON serial_tallies FOR INSERT WITH CHECK ((SELECT app_scope() = 'public'))""",
    """CREATE POLICY public_count ON serial_tallies FOR UPDATE USING ((SELECT app_scope() = 'public'))
       WITH CHECK ((SELECT app_scope() = 'public'))""",
    # A block may be lifted; what was activated stays so.
    "CREATE POLICY only_blocks_end ON serial_ranges AS RESTRICTIVE FOR DELETE USING (kind = 'blocked')",
    # A list of packs belongs to many producers: who sees one of its rows sees its heading.
    "ALTER TABLE handovers ENABLE ROW LEVEL SECURITY",
    """CREATE POLICY tenant_read ON handovers FOR SELECT USING ((SELECT app_scope() = 'all')
       OR EXISTS (SELECT 1 FROM handover_rows r WHERE r.handover_id = handovers.id))""",
    # A wish for many products is seen by who sees one of its rows.
    "ALTER TABLE bulk_runs ENABLE ROW LEVEL SECURITY",
    """CREATE POLICY tenant_read ON bulk_runs FOR SELECT USING ((SELECT app_scope() = 'all')
       OR EXISTS (SELECT 1 FROM bulk_rows r WHERE r.run_id = bulk_runs.id))""",
    """CREATE POLICY tenant_insert ON bulk_runs FOR INSERT
       WITH CHECK ((SELECT app_scope() IN ('all', 'own')))""",
    # What marketplaces tell is nobody's before the service has worked it off.
    "ALTER TABLE marketplace_pushes ENABLE ROW LEVEL SECURITY",
    "CREATE POLICY service_only ON marketplace_pushes USING ((SELECT app_scope() = 'all'))",
    # What refusals teach is the office's to read.
    "ALTER TABLE category_lessons ENABLE ROW LEVEL SECURITY",
    "CREATE POLICY service_only ON category_lessons USING ((SELECT app_scope() = 'all'))",
    """CREATE POLICY tenant_insert ON handovers FOR INSERT
       WITH CHECK ((SELECT app_scope() IN ('all', 'own')))""",
    """CREATE POLICY tenant_update ON handovers FOR UPDATE USING ((SELECT app_scope() IN ('all', 'own'))
       AND EXISTS (SELECT 1 FROM handover_rows r WHERE r.handover_id = handovers.id))""",
)

#: A GTIN names one product in the whole installation, be it on its main pack or on another one. Two tables
#: cannot share a unique key, so both write into a third; an actor under row-level security could not see whose
#: a taken number is, hence the definer's rights.
GTINS = (
    """CREATE FUNCTION keep_gtin() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS
       $$ BEGIN
            IF TG_OP = 'UPDATE' AND OLD.gtin IS NOT NULL THEN
              DELETE FROM product_gtins WHERE gtin = OLD.gtin;
            END IF;
            IF NEW.gtin IS NOT NULL THEN
              INSERT INTO product_gtins (gtin, product_id)
              VALUES (NEW.gtin, (to_jsonb(NEW) ->> TG_ARGV[0])::uuid);
            END IF;
            RETURN NULL;
          END $$""",
    *(
        statement
        for table, owner in (("products", "id"), ("product_variants", "product_id"))
        for statement in (
            f"""CREATE TRIGGER keep_gtin_of_new AFTER INSERT ON {table} FOR EACH ROW
                WHEN (NEW.gtin IS NOT NULL) EXECUTE FUNCTION keep_gtin('{owner}')""",
            f"""CREATE TRIGGER keep_gtin_of_changed AFTER UPDATE ON {table} FOR EACH ROW
                WHEN (OLD.gtin IS DISTINCT FROM NEW.gtin) EXECUTE FUNCTION keep_gtin('{owner}')""",
        )
    ),
)

#: Lots go from one producer to the next: a maker may name a published lot of another as what it used, and
#: whoever calls a lot back learns whom it reached. Nothing else of another's is seen, hence functions.
ALONG_THE_CHAIN = (
    """CREATE FUNCTION published_lot(wanted uuid)
       RETURNS TABLE (id uuid, producer_id uuid, code text, quantity bigint, quantity_unit text)
       LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
       $$ SELECT l.id, l.producer_id, l.code, l.quantity, l.quantity_unit FROM lots l
          WHERE l.id = wanted AND l.state IN ('released', 'closed')
            AND app_scope() IN ('all', 'own') $$""",
    """CREATE FUNCTION lots_made_from(wanted uuid) RETURNS TABLE (lot_id uuid, producer_id uuid)
       LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
       $$ WITH RECURSIVE made AS (
            SELECT l.id FROM lots l WHERE l.id = wanted
               AND (app_scope() = 'all' OR (app_scope() = 'own' AND l.producer_id = ANY (app_producers())))
            UNION
            SELECT i.lot_id FROM lot_inputs i JOIN made m ON m.id = i.input_lot_id
             WHERE NOT EXISTS (SELECT 1 FROM trace_events c WHERE c.corrects_id = i.event_id)
          )
          SELECT l.id, l.producer_id FROM made m JOIN lots l ON l.id = m.id WHERE l.id <> wanted $$""",
    # Whoever may take from a lot has to know how much is left of it, whoever took the rest and corrected it since.
    """CREATE FUNCTION taken_from_lot(wanted uuid)
       RETURNS TABLE (event_id uuid, producer_id uuid, quantity numeric, unit text)
       LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
       $$ SELECT i.event_id, i.producer_id, i.quantity, i.unit FROM lot_inputs i JOIN lots l ON l.id = i.input_lot_id
          WHERE l.id = wanted AND i.quantity IS NOT NULL
            AND (app_scope() = 'all' OR (app_scope() = 'own'
                 AND (l.producer_id = ANY (app_producers()) OR l.state IN ('released', 'closed'))))
            AND NOT EXISTS (SELECT 1 FROM trace_events c WHERE c.corrects_id = i.event_id) $$""",
    """CREATE POLICY supplier_read ON lot_inputs FOR SELECT USING
       ((SELECT app_scope() = 'own') AND input_producer_id = ANY ((SELECT app_producers())::uuid[]))""",
)

GRANTS = (
    "GRANT USAGE ON SCHEMA public TO ocop_hub_app",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ocop_hub_app",
    "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO ocop_hub_app",
    "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO ocop_hub_app",
    "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO ocop_hub_app",
    "REVOKE UPDATE, DELETE ON audit_entries, product_revisions, product_reviews, trace_events, evidence"
    " FROM ocop_hub_app",
    # Sealing is the owner's: the application neither seals a row nor writes one into a seal (decision 0016).
    "REVOKE INSERT ON audit_entries FROM ocop_hub_app",
    "GRANT INSERT (at, actor, acting_for, action, subject, producer_id, details) ON audit_entries TO ocop_hub_app",
    "REVOKE INSERT, UPDATE, DELETE ON audit_seals FROM ocop_hub_app",
    "REVOKE INSERT, UPDATE, DELETE ON product_gtins FROM ocop_hub_app",
    "REVOKE DELETE ON product_variants, approval_rules, consents FROM ocop_hub_app",
    "REVOKE UPDATE, DELETE ON lot_inputs FROM ocop_hub_app",
    "REVOKE UPDATE, DELETE ON closed_figures, closed_products, open_data_acts FROM ocop_hub_app",
    "REVOKE DELETE ON certificates, recognition_decisions, listing_attempts, scans FROM ocop_hub_app",
    "REVOKE UPDATE, DELETE ON lot_keys, run_acts FROM ocop_hub_app",
    "REVOKE UPDATE ON serial_ranges FROM ocop_hub_app",
    "REVOKE DELETE ON label_marks, label_papers FROM ocop_hub_app",
    "REVOKE DELETE ON print_runs, serial_tallies FROM ocop_hub_app",
    "REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM ocop_hub_app",
    # A merged producer's history follows it: whose it is may change, what it says may not.
    "GRANT UPDATE (producer_id) ON product_revisions, product_reviews, trace_events, evidence, lot_inputs,"
    " lot_keys, serial_ranges, run_acts TO ocop_hub_app",
    # Row-level security stands on the parent table only; partitions are reached through it.
    "REVOKE ALL ON scans_default FROM ocop_hub_app",
)


def protect(table: str, *, owner_column: str, public: bool) -> None:
    """Row-level security: reading as far as the scope says, writing only for oneself or the service."""
    may_see = MAY_SEE_SELF if table == "producers" else MAY_SEE.format(owner=f"{table}.{owner_column}")
    may_change = MAY_CHANGE.format(owner=f"{table}.{owner_column}")
    if table in OFFICE_WRITES:
        may_change = "(SELECT app_scope() = 'all')"
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY tenant_read ON {table} FOR SELECT USING ({may_see})")
    for verb in ("INSERT WITH CHECK", "DELETE USING"):
        op.execute(f"CREATE POLICY tenant_{verb.split()[0].lower()} ON {table} FOR {verb} ({may_change})")
    op.execute(
        f"CREATE POLICY tenant_update ON {table} FOR UPDATE USING ({may_change}) WITH CHECK ({may_change})"
    )
    if public and table not in ("lots", "trace_events"):
        op.execute(f"CREATE POLICY public_read ON {table} FOR SELECT USING ((SELECT app_scope() = 'public'))")


def create_tables() -> None:
    """As the models say on the day of this revision."""
    op.create_table(
        "admin_units",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column(
            "level",
            sa.Enum(
                "province",
                "district",
                "commune",
                name="unitlevel",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("type_label", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("full_name", sa.String(), nullable=False),
        sa.Column("folded", sa.String(), nullable=False),
        sa.Column("sort_key", sa.String(collation="C"), nullable=False),
        sa.Column("parent_id", sa.String(), nullable=True),
        sa.Column("province_id", sa.String(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("legal_basis", sa.String(), nullable=False),
        sa.Column("search_words", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["parent_id"], ["admin_units.id"], name=op.f("fk_admin_units_parent_id")),
        sa.ForeignKeyConstraint(["province_id"], ["admin_units.id"], name=op.f("fk_admin_units_province_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_admin_units")),
    )
    op.create_index("ix_admin_units_folded", "admin_units", ["folded", "level"], unique=False)
    op.create_index("ix_admin_units_parent_id", "admin_units", ["parent_id"], unique=False)
    op.create_table(
        "audit_seals",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("previous", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_seals")),
        sa.UniqueConstraint("previous", name=op.f("uq_audit_seals_previous")),
    )
    op.create_table(
        "audit_entries",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("acting_for", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("producer_id", sa.Uuid(), nullable=True),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("seal_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["seal_id"], ["audit_seals.id"], name=op.f("fk_audit_entries_seal_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entries")),
    )
    op.create_index("ix_audit_entries_producer_id", "audit_entries", ["producer_id", "at"], unique=False)
    op.create_index("ix_audit_entries_seal_id", "audit_entries", ["seal_id", "id"], unique=False)
    op.create_table(
        "coverage_rules",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column(
            "denominator",
            sa.Enum(
                "certified_valid",
                "certified_ever",
                "participating",
                name="denominator",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "listing_rule",
            sa.Enum(
                "live_on_as_of",
                "ever_listed",
                "live_days",
                name="listingrule",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("live_days", sa.BigInteger(), nullable=False),
        sa.Column("period_days", sa.BigInteger(), nullable=False),
        sa.Column(
            "least_evidence",
            sa.Enum(
                "api",
                "link",
                "seen",
                "declared",
                name="grade",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "off_season",
            sa.Enum(
                "last_in_season",
                "not_counted",
                "shown_apart",
                name="offseason",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("marketplaces", postgresql.ARRAY(sa.String()), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("number > 0", name=op.f("ck_coverage_rules_number_positive")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coverage_rules")),
        sa.UniqueConstraint("number", name=op.f("uq_coverage_rules_number")),
    )
    op.create_table(
        "report_periods",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("province", sa.String(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "confirmed",
                "closed",
                "adjusted",
                name="periodstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_periods")),
        sa.UniqueConstraint("province", "as_of", name="uq_report_periods_as_of"),
    )
    op.create_table(
        "period_confirmations",
        sa.Column("period_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.String(), nullable=False),
        sa.Column("numerator", sa.BigInteger(), nullable=False),
        sa.Column("denominator", sa.BigInteger(), nullable=False),
        sa.Column("objection", sa.String(), server_default="", nullable=False),
        sa.Column("confirmed_by", sa.String(), nullable=False),
        sa.Column(
            "confirmed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["period_id"], ["report_periods.id"], name=op.f("fk_period_confirmations_period_id")
        ),
        sa.PrimaryKeyConstraint("period_id", "unit_id", name=op.f("pk_period_confirmations")),
    )
    op.create_table(
        "closed_figures",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("period_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("document_number", sa.String(), nullable=False),
        sa.Column("document_date", sa.Date(), nullable=False),
        sa.Column("rule", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("counts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("cuts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("silent", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("objecting", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["period_id"], ["report_periods.id"], name=op.f("fk_closed_figures_period_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closed_figures")),
        sa.UniqueConstraint("period_id", "number", name=op.f("uq_closed_figures_period_id_number")),
    )
    op.create_table(
        "closed_products",
        sa.Column("figure_id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("producer_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("sort_key", sa.String(collation="C"), nullable=False),
        sa.Column("producer_name", sa.String(), nullable=False),
        sa.Column("unit_id", sa.String(), nullable=True),
        sa.Column("unit_name", sa.String(), nullable=False),
        sa.Column("stars", sa.BigInteger(), nullable=True),
        sa.Column("standing", sa.String(length=32), nullable=False),
        sa.Column("grade", sa.String(length=32), nullable=True),
        sa.Column("reason_code", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["figure_id"], ["closed_figures.id"], name=op.f("fk_closed_products_figure_id")
        ),
        sa.PrimaryKeyConstraint("figure_id", "product_id", name=op.f("pk_closed_products")),
    )
    op.create_index(
        "ix_closed_products_page", "closed_products", ["figure_id", "sort_key", "product_id"], unique=False
    )
    op.create_index(op.f("ix_closed_products_producer_id"), "closed_products", ["producer_id"], unique=False)
    op.create_table(
        "coverage_targets",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("province", sa.String(), nullable=False),
        sa.Column("cut", sa.String(length=32), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("share_tenths", sa.BigInteger(), nullable=False),
        sa.Column("document_number", sa.String(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("share_tenths BETWEEN 1 AND 1000", name=op.f("ck_coverage_targets_share_of_100")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coverage_targets")),
        sa.UniqueConstraint("province", "cut", "key", "due_on", name="uq_coverage_targets_due"),
    )
    op.create_table(
        "coverage_snapshots",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("province_id", sa.String(), nullable=False),
        sa.Column("unit_id", sa.String(), nullable=False),
        sa.Column("marketplace_key", sa.String(), nullable=False),
        sa.Column("stars", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("rule_number", sa.BigInteger(), nullable=False),
        sa.Column("denominator", sa.BigInteger(), nullable=False),
        sa.Column("numerator", sa.BigInteger(), nullable=False),
        sa.Column("unverified", sa.BigInteger(), nullable=False),
        sa.Column("unknown", sa.BigInteger(), nullable=False),
        sa.Column("not_listable", sa.BigInteger(), nullable=False),
        sa.Column("off_season", sa.BigInteger(), nullable=False),
        sa.Column("grade_api", sa.BigInteger(), nullable=False),
        sa.Column("grade_link", sa.BigInteger(), nullable=False),
        sa.Column("grade_seen", sa.BigInteger(), nullable=False),
        sa.Column("grade_declared", sa.BigInteger(), nullable=False),
        sa.Column("computed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint(
            "day", "province_id", "unit_id", "marketplace_key", "stars", name=op.f("pk_coverage_snapshots")
        ),
    )
    op.create_table(
        "indicator_values",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("province", sa.String(), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("marketplace_key", sa.String(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("value", sa.Numeric(precision=20, scale=3), nullable=False),
        sa.Column("target", sa.Numeric(precision=20, scale=3), nullable=True),
        sa.Column("target_percent", sa.Numeric(precision=8, scale=1), nullable=True),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("entered_by", sa.String(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("target > 0", name=op.f("ck_indicator_values_target_positive")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_indicator_values")),
        sa.UniqueConstraint("province", "code", "marketplace_key", "as_of", name="uq_indicator_values_day"),
    )
    op.create_table(
        "report_templates",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("province", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("media_key", sa.String(), nullable=False),
        sa.Column("uploaded_by", sa.String(), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_templates")),
    )
    op.create_index(op.f("ix_report_templates_province"), "report_templates", ["province"], unique=False)
    op.create_table(
        "monthly_reports",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("province", sa.String(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("rule_number", sa.BigInteger(), nullable=False),
        sa.Column("numerator", sa.BigInteger(), nullable=False),
        sa.Column("denominator", sa.BigInteger(), nullable=False),
        sa.Column("document_number", sa.String(), nullable=False),
        sa.Column("files", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_monthly_reports")),
        sa.UniqueConstraint("province", "as_of", name="uq_monthly_reports_as_of"),
    )
    op.create_table(
        "open_data_acts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("province", sa.String(), nullable=False),
        sa.Column("published", sa.Boolean(), nullable=False),
        sa.Column("catalogue", sa.Boolean(), nullable=False),
        sa.Column("licence", sa.String(), nullable=False),
        sa.Column("licence_url", sa.String(), nullable=False),
        sa.Column("document_number", sa.String(), nullable=False),
        sa.Column("acted_by", sa.String(), nullable=False),
        sa.Column("acted_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_open_data_acts")),
    )
    op.create_index("ix_open_data_acts_province", "open_data_acts", ["province", "acted_at"], unique=False)
    op.create_table(
        "idempotency_keys",
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("request_hash", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("actor", "key", name=op.f("pk_idempotency_keys")),
    )
    op.create_index(op.f("ix_idempotency_keys_created_at"), "idempotency_keys", ["created_at"], unique=False)
    op.create_table(
        "stall_limits",
        sa.Column("marketplace_key", sa.String(), nullable=False),
        sa.Column("shop_id", sa.String(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "busy",
            postgresql.ARRAY(sa.DateTime(timezone=True)),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.Column("failures", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("open_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("marketplace_key", "shop_id", name=op.f("pk_stall_limits")),
    )
    op.create_table(
        "marketplaces",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "marketplace",
                "floor",
                "channel",
                name="marketplacekind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "status",
            sa.Enum(
                "active",
                "unknown",
                "closed",
                name="marketplacestatus",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("open_during", postgresql.TSTZRANGE(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("has_adapter", sa.Boolean(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_marketplaces")),
    )
    op.create_table(
        "product_groups",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name_vi", sa.String(), nullable=False),
        sa.Column("name_en", sa.String(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("ships", sa.Boolean(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_product_groups")),
    )
    op.create_table(
        "product_sub_groups",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("group_code", sa.String(), nullable=False),
        sa.Column("name_vi", sa.String(), nullable=False),
        sa.Column("name_en", sa.String(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("restricted", sa.Boolean(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["group_code"], ["product_groups.code"], name=op.f("fk_product_sub_groups_group_code")
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_product_sub_groups")),
    )
    op.create_index(
        op.f("ix_product_sub_groups_group_code"), "product_sub_groups", ["group_code"], unique=False
    )
    op.create_table(
        "approval_rules",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column(
            "needed_for",
            sa.Enum(
                "nobody",
                "uncertified",
                "all",
                name="approvalneed",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval_rules")),
        sa.UniqueConstraint("valid_from", name=op.f("uq_approval_rules_valid_from")),
    )
    op.create_table(
        "scans",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("scanned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("producer_id", sa.Uuid(), nullable=False),
        sa.Column("lot_id", sa.Uuid(), nullable=True),
        sa.Column("serial", sa.String(), nullable=True),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("place", sa.String(), server_default="", nullable=False),
        sa.Column("stray", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.PrimaryKeyConstraint("id", "scanned_at", name=op.f("pk_scans")),
        postgresql_partition_by="RANGE (scanned_at)",
    )
    op.create_index("ix_scans_lot_id", "scans", ["lot_id", "scanned_at"], unique=False)
    op.create_table(
        "sign_in_attempts",
        sa.Column("login_hash", sa.LargeBinary(), nullable=False),
        sa.Column("failures", sa.BigInteger(), nullable=False),
        sa.Column("blocked_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("login_hash", name=op.f("pk_sign_in_attempts")),
    )
    op.create_table(
        "users",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("display_name", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=True),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("passphrase_hash", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("email", name=op.f("uq_users_email")),
        sa.UniqueConstraint("phone", name=op.f("uq_users_phone")),
    )
    op.create_table(
        "admin_unit_succession",
        sa.Column("old_id", sa.String(), nullable=False),
        sa.Column("new_id", sa.String(), nullable=False),
        sa.Column(
            "relation",
            sa.Enum(
                "whole",
                "part",
                "type_change",
                name="succession",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("effective", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["new_id"], ["admin_units.id"], name=op.f("fk_admin_unit_succession_new_id")),
        sa.ForeignKeyConstraint(["old_id"], ["admin_units.id"], name=op.f("fk_admin_unit_succession_old_id")),
        sa.PrimaryKeyConstraint("old_id", "new_id", name=op.f("pk_admin_unit_succession")),
    )
    op.create_index(
        op.f("ix_admin_unit_succession_new_id"), "admin_unit_succession", ["new_id"], unique=False
    )
    op.create_table(
        "api_tokens",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_api_tokens_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_tokens")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_tokens_token_hash")),
    )
    op.create_index(op.f("ix_api_tokens_user_id"), "api_tokens", ["user_id"], unique=False)
    op.create_table(
        "office_holders",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column(
            "office",
            sa.Enum(
                "helper",
                "officer_commune",
                "officer_province",
                "operator",
                name="office",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("unit_id", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["unit_id"], ["admin_units.id"], name=op.f("fk_office_holders_unit_id")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_office_holders_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_office_holders")),
        sa.UniqueConstraint(
            "user_id",
            "office",
            "unit_id",
            name=op.f("uq_office_holders_user_id_office_unit_id"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_index(op.f("ix_office_holders_user_id"), "office_holders", ["user_id"], unique=False)
    op.create_table(
        "producers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "doanh_nghiep",
                "hop_tac_xa",
                "to_hop_tac",
                "ho_kinh_doanh",
                name="producerkind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("name_folded", sa.String(), nullable=False),
        sa.Column("sort_key", sa.String(collation="C"), nullable=False),
        sa.Column("tax_number", sa.String(), nullable=True),
        sa.Column("phone", sa.String(), nullable=True),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("gln", sa.String(), nullable=True),
        sa.Column("certified_unit_id", sa.String(), nullable=True),
        sa.Column("current_unit_id", sa.String(), nullable=True),
        sa.Column("province_id", sa.String(), nullable=True),
        sa.Column("bank_bin", sa.String(), nullable=True),
        sa.Column("bank_account", sa.String(), nullable=True),
        sa.Column("bank_holder", sa.String(), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("merged_into_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["certified_unit_id"], ["admin_units.id"], name=op.f("fk_producers_certified_unit_id")
        ),
        sa.ForeignKeyConstraint(
            ["current_unit_id"], ["admin_units.id"], name=op.f("fk_producers_current_unit_id")
        ),
        sa.ForeignKeyConstraint(
            ["merged_into_id"], ["producers.id"], name=op.f("fk_producers_merged_into_id")
        ),
        sa.ForeignKeyConstraint(["province_id"], ["admin_units.id"], name=op.f("fk_producers_province_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_producers")),
    )
    op.create_index("ix_producers_current_unit_id", "producers", ["current_unit_id"], unique=False)
    op.create_index("ix_producers_name_folded", "producers", ["name_folded", "province_id"], unique=False)
    op.create_index("ix_producers_sort_key", "producers", ["sort_key", "id"], unique=False)
    op.create_index(op.f("ix_producers_tax_number"), "producers", ["tax_number"], unique=False)
    op.create_table(
        "recognition_decisions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("number_folded", sa.String(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=True),
        sa.Column(
            "issuer_level",
            sa.Enum(
                "district",
                "province",
                "central",
                name="issuerlevel",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("issuer_name", sa.String(), nullable=False),
        sa.Column("issuer_province_id", sa.String(), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["issuer_province_id"],
            ["admin_units.id"],
            name=op.f("fk_recognition_decisions_issuer_province_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recognition_decisions")),
        sa.UniqueConstraint(
            "number_folded",
            "issuer_province_id",
            name=op.f("uq_recognition_decisions_number_folded_issuer_province_id"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_table(
        "user_sessions",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("csrf_token", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column(
            "last_seen_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_user_sessions_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_user_sessions")),
    )
    op.create_index("ix_user_sessions_expires_at", "user_sessions", ["expires_at"], unique=False)
    op.create_index(op.f("ix_user_sessions_user_id"), "user_sessions", ["user_id"], unique=False)
    op.create_table(
        "import_runs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "products", "lots", name="importkind", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("filename", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("media_key", sa.String(), nullable=False),
        sa.Column("sent_by", sa.String(), nullable=False),
        sa.Column("producer_id", sa.Uuid(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "checked",
                "stored",
                "refused",
                name="importstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("report", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("counts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["producer_id"], ["producers.id"], name=op.f("fk_import_runs_producer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_runs")),
    )
    op.create_table(
        "mandates",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("producer_id", sa.Uuid(), nullable=False),
        sa.Column("helper_id", sa.Uuid(), nullable=False),
        sa.Column("valid", postgresql.TSTZRANGE(), nullable=False),
        sa.Column("agreed_how", sa.String(), nullable=False),
        sa.Column("covers", sa.String(), nullable=False),
        sa.Column("granted_by", sa.String(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["helper_id"], ["users.id"], name=op.f("fk_mandates_helper_id")),
        sa.ForeignKeyConstraint(["producer_id"], ["producers.id"], name=op.f("fk_mandates_producer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mandates")),
    )
    op.create_index(op.f("ix_mandates_helper_id"), "mandates", ["helper_id"], unique=False)
    op.create_index(op.f("ix_mandates_producer_id"), "mandates", ["producer_id"], unique=False)
    op.create_table(
        "marketplace_accounts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("producer_id", sa.Uuid(), nullable=False),
        sa.Column("marketplace_key", sa.String(), nullable=False),
        sa.Column("shop_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column(
            "mode",
            sa.Enum(
                "api",
                "feed",
                "sheet",
                "assisted",
                name="mode",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "connected",
                "needs_answers",
                "needs_sign_in",
                "closed",
                name="accountstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("public_url", sa.String(), nullable=False),
        sa.Column("credentials_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("access_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refresh_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("consent_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("renew_token", sa.Uuid(), nullable=True),
        sa.Column("renew_lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("renew_after", sa.DateTime(timezone=True), nullable=True),
        sa.Column("push_cursor", sa.String(), server_default="", nullable=False),
        sa.Column("pushes_pulled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("items_read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["marketplace_key"], ["marketplaces.key"], name=op.f("fk_marketplace_accounts_marketplace_key")
        ),
        sa.ForeignKeyConstraint(
            ["producer_id"], ["producers.id"], name=op.f("fk_marketplace_accounts_producer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_marketplace_accounts")),
        sa.UniqueConstraint(
            "marketplace_key", "shop_id", name=op.f("uq_marketplace_accounts_marketplace_key_shop_id")
        ),
    )
    op.create_index(
        "ix_marketplace_accounts_producer_id", "marketplace_accounts", ["producer_id"], unique=False
    )
    op.create_table(
        "live_sessions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("producer_id", sa.Uuid(), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("host", sa.String(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("product_ids", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("viewers", sa.BigInteger(), nullable=True),
        sa.Column("orders", sa.BigInteger(), nullable=True),
        sa.Column("revenue_vnd", sa.BigInteger(), nullable=True),
        sa.Column("entered_by", sa.String(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "viewers >= 0 AND orders >= 0 AND revenue_vnd >= 0", name=op.f("ck_live_sessions_counts")
        ),
        sa.ForeignKeyConstraint(["producer_id"], ["producers.id"], name=op.f("fk_live_sessions_producer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_live_sessions")),
    )
    op.create_index("ix_live_sessions_producer_id", "live_sessions", ["producer_id", "held_on"], unique=False)
    op.create_table(
        "producer_members",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("producer_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "owner", "editor", name="memberrole", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["producer_id"], ["producers.id"], name=op.f("fk_producer_members_producer_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_producer_members_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_producer_members")),
        sa.UniqueConstraint("producer_id", "user_id", name=op.f("uq_producer_members_producer_id_user_id")),
    )
    op.create_index(op.f("ix_producer_members_user_id"), "producer_members", ["user_id"], unique=False)
    op.create_table(
        "products",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("producer_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("name_folded", sa.String(), nullable=False),
        sa.Column("sort_key", sa.String(collation="C"), nullable=False),
        sa.Column("group_code", sa.String(), nullable=False),
        sa.Column("sub_group_code", sa.String(), nullable=True),
        sa.Column(
            "status",
            sa.Enum(
                "draft",
                "submitted",
                "approved",
                "returned",
                name="productstatus",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("story", sa.String(), server_default="", nullable=False),
        sa.Column("storage", sa.String(), nullable=False),
        sa.Column("ingredients", sa.String(), server_default="", nullable=False),
        sa.Column("warnings", sa.String(), server_default="", nullable=False),
        sa.Column("shelf_life", sa.String(), server_default="", nullable=False),
        sa.Column(
            "season_months",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'"),
            nullable=False,
        ),
        sa.Column("declaration_number", sa.String(), server_default="", nullable=False),
        sa.Column("trademark", sa.String(), server_default="", nullable=False),
        sa.Column("trademark_number", sa.String(), server_default="", nullable=False),
        sa.Column(
            "video_links",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'"),
            nullable=False,
        ),
        sa.Column("price_vnd", sa.BigInteger(), nullable=True),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("net_weight_g", sa.BigInteger(), nullable=True),
        sa.Column("gtin", sa.String(), nullable=True),
        sa.Column("external_code", sa.String(), nullable=False),
        sa.Column(
            "external_codes",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.Column(
            "translations",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.Column("declared_stars", sa.BigInteger(), nullable=True),
        sa.Column("commune_as_written", sa.String(), nullable=False),
        sa.Column("certified_unit_id", sa.String(), nullable=True),
        sa.Column("current_unit_id", sa.String(), nullable=True),
        sa.Column("province_id", sa.String(), nullable=True),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("merged_into_id", sa.Uuid(), nullable=True),
        sa.Column("search_words", postgresql.TSVECTOR(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("net_weight_g > 0", name=op.f("ck_products_net_weight_positive")),
        sa.CheckConstraint("price_vnd > 0", name=op.f("ck_products_price_positive")),
        sa.ForeignKeyConstraint(
            ["certified_unit_id"], ["admin_units.id"], name=op.f("fk_products_certified_unit_id")
        ),
        sa.ForeignKeyConstraint(
            ["current_unit_id"], ["admin_units.id"], name=op.f("fk_products_current_unit_id")
        ),
        sa.ForeignKeyConstraint(["group_code"], ["product_groups.code"], name=op.f("fk_products_group_code")),
        sa.ForeignKeyConstraint(["merged_into_id"], ["products.id"], name=op.f("fk_products_merged_into_id")),
        sa.ForeignKeyConstraint(["producer_id"], ["producers.id"], name=op.f("fk_products_producer_id")),
        sa.ForeignKeyConstraint(["province_id"], ["admin_units.id"], name=op.f("fk_products_province_id")),
        sa.ForeignKeyConstraint(
            ["sub_group_code"], ["product_sub_groups.code"], name=op.f("fk_products_sub_group_code")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_products")),
        sa.UniqueConstraint("gtin", name=op.f("uq_products_gtin")),
    )
    op.create_index("ix_products_current_unit_id", "products", ["current_unit_id"], unique=False)
    op.create_index(op.f("ix_products_group_code"), "products", ["group_code"], unique=False)
    op.create_index("ix_products_name_folded", "products", ["producer_id", "name_folded"], unique=False)
    op.create_index(op.f("ix_products_province_id"), "products", ["province_id"], unique=False)
    op.create_index(
        "ix_products_search_words", "products", ["search_words"], unique=False, postgresql_using="gin"
    )
    op.create_index("ix_products_sort_key", "products", ["sort_key", "id"], unique=False)
    op.create_table(
        "product_variants",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("producer_id", sa.Uuid(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("net_weight_g", sa.BigInteger(), nullable=True),
        sa.Column("price_vnd", sa.BigInteger(), nullable=True),
        sa.Column("gtin", sa.String(), nullable=True),
        sa.Column("external_code", sa.String(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("retired", sa.Boolean(), nullable=False),
        sa.CheckConstraint("net_weight_g > 0", name=op.f("ck_product_variants_net_weight_positive")),
        sa.CheckConstraint("price_vnd > 0", name=op.f("ck_product_variants_price_positive")),
        sa.ForeignKeyConstraint(
            ["producer_id"], ["producers.id"], name=op.f("fk_product_variants_producer_id")
        ),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_product_variants_product_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product_variants")),
        sa.UniqueConstraint("gtin", name=op.f("uq_product_variants_gtin")),
    )
    op.create_index(op.f("ix_product_variants_product_id"), "product_variants", ["product_id"], unique=False)
    op.create_table(
        "product_gtins",
        sa.Column("gtin", sa.String(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name=op.f("fk_product_gtins_product_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("gtin", name=op.f("pk_product_gtins")),
    )
    op.create_index(op.f("ix_product_gtins_product_id"), "product_gtins", ["product_id"], unique=False)
    op.create_table(
        "product_reviews",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("producer_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column(
            "verdict",
            sa.Enum(
                "approved",
                "returned",
                name="reviewverdict",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("remarks", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("reviewed_by", sa.String(), nullable=False),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["producer_id"], ["producers.id"], name=op.f("fk_product_reviews_producer_id")
        ),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_product_reviews_product_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product_reviews")),
    )
    op.create_index(op.f("ix_product_reviews_product_id"), "product_reviews", ["product_id"], unique=False)
    op.create_table(
        "product_readiness",
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("producer_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("missing", postgresql.JSONB(), nullable=False),
        sa.Column("targets", postgresql.ARRAY(sa.String()), nullable=False),
        sa.Column("fields", postgresql.ARRAY(sa.String()), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["producer_id"], ["producers.id"], name=op.f("fk_product_readiness_producer_id")
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name=op.f("fk_product_readiness_product_id")
        ),
        sa.PrimaryKeyConstraint("product_id", name=op.f("pk_product_readiness")),
    )
    op.create_index(
        op.f("ix_product_readiness_producer_id"), "product_readiness", ["producer_id"], unique=False
    )
    op.create_table(
        "certificates",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("producer_id", sa.Uuid(), nullable=False),
        sa.Column("decision_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("stars", sa.BigInteger(), nullable=False),
        sa.Column("proposed_five", sa.Boolean(), nullable=False),
        sa.Column("valid", postgresql.TSTZRANGE(), nullable=False),
        sa.Column("lapses_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_reason", sa.String(), nullable=False),
        sa.Column("certified_unit_id", sa.String(), nullable=True),
        sa.Column("certified_district_id", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("stars BETWEEN 3 AND 5", name=op.f("ck_certificates_stars")),
        sa.ForeignKeyConstraint(
            ["certified_district_id"], ["admin_units.id"], name=op.f("fk_certificates_certified_district_id")
        ),
        sa.ForeignKeyConstraint(
            ["certified_unit_id"], ["admin_units.id"], name=op.f("fk_certificates_certified_unit_id")
        ),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["recognition_decisions.id"], name=op.f("fk_certificates_decision_id")
        ),
        sa.ForeignKeyConstraint(["producer_id"], ["producers.id"], name=op.f("fk_certificates_producer_id")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_certificates_product_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificates")),
    )
    op.create_index(op.f("ix_certificates_decision_id"), "certificates", ["decision_id"], unique=False)
    op.create_index("ix_certificates_product_id", "certificates", ["product_id"], unique=False)
    op.create_index("ix_certificates_valid", "certificates", ["valid"], unique=False, postgresql_using="gist")
    op.create_table(
        "listings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("producer_id", sa.Uuid(), nullable=False),
        sa.Column("marketplace_key", sa.String(), nullable=False),
        sa.Column("seller_sku", sa.String(), nullable=False),
        sa.Column(
            "desired",
            sa.Enum(
                "live",
                "unlisted",
                "withdrawn",
                name="desired",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("desired_revision", sa.BigInteger(), nullable=False),
        sa.Column("overrides", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("sent_revision", sa.BigInteger(), nullable=False),
        sa.Column("content_hash", sa.String(), nullable=False),
        sa.Column("sent_content", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("desired_pictures", sa.String(), server_default="", nullable=False),
        sa.Column("sent_pictures", sa.String(), server_default="", nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("publish_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("follows_season", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("adopted", sa.Boolean(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "none",
                "preparing",
                "submitted",
                "in_review",
                "live",
                "needs_person",
                "rejected",
                "suspended",
                "unlisted",
                "deleted",
                "unknown",
                name="listingstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("raw_state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("remote_id", sa.String(), nullable=False),
        sa.Column("public_url", sa.String(), nullable=False),
        sa.Column("out_of_stock", sa.Boolean(), nullable=False),
        sa.Column(
            "grade",
            sa.Enum(
                "api",
                "link",
                "seen",
                "declared",
                name="grade",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("observed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "step",
            sa.Enum(
                "idle",
                "create",
                "settle",
                "update",
                "unlist",
                "relist",
                "look",
                "check_link",
                name="step",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "next_look_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("settle_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settle_looks", sa.BigInteger(), nullable=False),
        sa.Column("lease_token", sa.Uuid(), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["marketplace_accounts.id"], name=op.f("fk_listings_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["marketplace_key"], ["marketplaces.key"], name=op.f("fk_listings_marketplace_key")
        ),
        sa.ForeignKeyConstraint(["producer_id"], ["producers.id"], name=op.f("fk_listings_producer_id")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_listings_product_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_listings")),
        sa.UniqueConstraint("account_id", "product_id", name=op.f("uq_listings_account_id_product_id")),
        sa.UniqueConstraint("account_id", "seller_sku", name=op.f("uq_listings_account_id_seller_sku")),
    )
    op.create_index(
        "ix_listings_due",
        "listings",
        ["marketplace_key", "next_look_at"],
        unique=False,
        postgresql_where="step <> 'idle'",
    )
    op.create_index(
        "ix_listings_queue",
        "listings",
        ["account_id", "next_look_at"],
        unique=False,
        postgresql_where="step <> 'idle'",
    )
    op.create_index("ix_listings_producer_id", "listings", ["producer_id"], unique=False)
    op.create_index("ix_listings_product_id", "listings", ["product_id"], unique=False)
    op.create_index(
        "uq_listings_remote_id",
        "listings",
        ["account_id", "remote_id"],
        unique=True,
        postgresql_where="remote_id <> ''",
    )
    op.create_table(
        "lots",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("producer_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("display_name", sa.String(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "released",
                "recalled",
                "closed",
                name="lotstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("quantity", sa.BigInteger(), nullable=True),
        sa.Column("quantity_unit", sa.String(), nullable=False),
        sa.Column("produced_on", sa.Date(), nullable=True),
        sa.Column("packed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("best_before", sa.Date(), nullable=True),
        sa.Column("recall_note", sa.String(), nullable=False),
        sa.Column("page_version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["producer_id"], ["producers.id"], name=op.f("fk_lots_producer_id")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_lots_product_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lots")),
        sa.UniqueConstraint("product_id", "code", name=op.f("uq_lots_product_id_code")),
    )
    op.create_index("ix_lots_code", "lots", ["code"], unique=False)
    op.create_index("ix_lots_producer_id", "lots", ["producer_id", "created_at"], unique=False)
    op.create_table(
        "product_photos",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("producer_id", sa.Uuid(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("media_key", sa.String(), nullable=False),
        sa.Column("width", sa.BigInteger(), nullable=False),
        sa.Column("height", sa.BigInteger(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("received_sha256", sa.String(), nullable=False),
        sa.Column("look", sa.String(), server_default="", nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("caption", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["producer_id"], ["producers.id"], name=op.f("fk_product_photos_producer_id")
        ),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_product_photos_product_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product_photos")),
        sa.UniqueConstraint("product_id", "sha256", name=op.f("uq_product_photos_product_id_sha256")),
    )
    op.create_table(
        "photo_fetches",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("producer_id", sa.Uuid(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "done",
                "failed",
                name="fetchstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("problem", sa.String(), nullable=False),
        sa.Column("tries", sa.BigInteger(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("asked_by", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["producer_id"], ["producers.id"], name=op.f("fk_photo_fetches_producer_id")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_photo_fetches_product_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_photo_fetches")),
        sa.UniqueConstraint("product_id", "url", name=op.f("uq_photo_fetches_product_id_url")),
    )
    op.create_index(
        "ix_photo_fetches_due",
        "photo_fetches",
        ["next_at"],
        unique=False,
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_table(
        "spoken_stories",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("producer_id", sa.Uuid(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("media_key", sa.String(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["producer_id"], ["producers.id"], name=op.f("fk_spoken_stories_producer_id")
        ),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_spoken_stories_product_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_spoken_stories")),
        sa.UniqueConstraint("product_id", "sha256", name=op.f("uq_spoken_stories_product_id_sha256")),
    )
    op.create_table(
        "product_revisions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("producer_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("changed_by", sa.String(), nullable=False),
        sa.Column("before", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("after", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["producer_id"], ["producers.id"], name=op.f("fk_product_revisions_producer_id")
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name=op.f("fk_product_revisions_product_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product_revisions")),
        sa.UniqueConstraint("product_id", "number", name=op.f("uq_product_revisions_product_id_number")),
    )
    op.create_table(
        "shop_items",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("producer_id", sa.Uuid(), nullable=False),
        sa.Column("remote_id", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("price_vnd", sa.BigInteger(), nullable=True),
        sa.Column("seller_sku", sa.String(), nullable=False),
        sa.Column("gtin", sa.String(), nullable=False),
        sa.Column("public_url", sa.String(), nullable=False),
        sa.Column("picture_url", sa.String(), nullable=False),
        sa.Column("picture_look", sa.String(), server_default="", nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "none",
                "preparing",
                "submitted",
                "in_review",
                "live",
                "needs_person",
                "rejected",
                "suspended",
                "unlisted",
                "deleted",
                "unknown",
                name="listingstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("raw_state", sa.String(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=True),
        sa.Column("score", sa.BigInteger(), nullable=False),
        sa.Column("grounds", postgresql.ARRAY(sa.String()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column(
            "decision",
            sa.Enum(
                "pending",
                "adopted",
                "ignored",
                name="itemdecision",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("decided_by", sa.String(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["marketplace_accounts.id"], name=op.f("fk_shop_items_account_id")
        ),
        sa.ForeignKeyConstraint(["producer_id"], ["producers.id"], name=op.f("fk_shop_items_producer_id")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_shop_items_product_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shop_items")),
        sa.UniqueConstraint("account_id", "remote_id", name=op.f("uq_shop_items_account_id_remote_id")),
    )
    op.create_table(
        "evidence",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("listing_id", sa.Uuid(), nullable=False),
        sa.Column("producer_id", sa.Uuid(), nullable=False),
        sa.Column(
            "grade",
            sa.Enum(
                "api",
                "link",
                "seen",
                "declared",
                name="grade",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "none",
                "preparing",
                "submitted",
                "in_review",
                "live",
                "needs_person",
                "rejected",
                "suspended",
                "unlisted",
                "deleted",
                "unknown",
                name="listingstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("seen_by", sa.String(), nullable=False),
        sa.Column("checks", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(["listing_id"], ["listings.id"], name=op.f("fk_evidence_listing_id")),
        sa.ForeignKeyConstraint(["producer_id"], ["producers.id"], name=op.f("fk_evidence_producer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence")),
    )
    op.create_index("ix_evidence_listing_id", "evidence", ["listing_id", "seen_at"], unique=False)
    op.create_index(
        "ix_evidence_seen",
        "evidence",
        ["seen_at"],
        unique=False,
        postgresql_include=["listing_id", "producer_id"],
        postgresql_where="grade = 'seen' AND state = 'live'",
    )
    op.create_table(
        "listing_attempts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("listing_id", sa.Uuid(), nullable=False),
        sa.Column("producer_id", sa.Uuid(), nullable=False),
        sa.Column("call", sa.String(), nullable=False),
        sa.Column("lease_token", sa.Uuid(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "outcome",
            sa.Enum(
                "started",
                "succeeded",
                "refused",
                "retry",
                "unknown",
                "sign_in",
                "needs_person",
                "misconfigured",
                name="calloutcome",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("exchange", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(["listing_id"], ["listings.id"], name=op.f("fk_listing_attempts_listing_id")),
        sa.ForeignKeyConstraint(
            ["producer_id"], ["producers.id"], name=op.f("fk_listing_attempts_producer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_listing_attempts")),
    )
    op.create_index(
        "ix_listing_attempts_listing_id", "listing_attempts", ["listing_id", "started_at"], unique=False
    )
    op.create_table(
        "listing_intervals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("listing_id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("producer_id", sa.Uuid(), nullable=False),
        sa.Column("marketplace_key", sa.String(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "none",
                "preparing",
                "submitted",
                "in_review",
                "live",
                "needs_person",
                "rejected",
                "suspended",
                "unlisted",
                "deleted",
                "unknown",
                name="listingstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "grade",
            sa.Enum(
                "api",
                "link",
                "seen",
                "declared",
                name="grade",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("during", postgresql.TSTZRANGE(), nullable=False),
        sa.ForeignKeyConstraint(
            ["listing_id"], ["listings.id"], name=op.f("fk_listing_intervals_listing_id")
        ),
        sa.ForeignKeyConstraint(
            ["marketplace_key"], ["marketplaces.key"], name=op.f("fk_listing_intervals_marketplace_key")
        ),
        sa.ForeignKeyConstraint(
            ["producer_id"], ["producers.id"], name=op.f("fk_listing_intervals_producer_id")
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name=op.f("fk_listing_intervals_product_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_listing_intervals")),
    )
    op.create_index(
        "ix_listing_intervals_seen",
        "listing_intervals",
        ["during"],
        unique=False,
        postgresql_using="gist",
        postgresql_where="state IN ('live', 'unknown')",
    )
    op.create_index(
        "ix_listing_intervals_product_id",
        "listing_intervals",
        [
            "product_id",
            "state",
            sa.text("coalesce(upper(during), 'infinity'::timestamptz)"),
            sa.text("lower(during)"),
        ],
        unique=False,
    )
    op.create_table(
        "resolver_links",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("producer_id", sa.Uuid(), nullable=False),
        sa.Column("lot_id", sa.Uuid(), nullable=True),
        sa.Column(
            "link_type",
            sa.Enum(
                "gs1:pip",
                "gs1:traceability",
                "gs1:epcis",
                "gs1:certificationInfo",
                "gs1:hasRetailers",
                "gs1:recallStatus",
                "gs1:verificationService",
                "gs1:dpp",
                name="linktype",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("href", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["lot_id"], ["lots.id"], name=op.f("fk_resolver_links_lot_id")),
        sa.ForeignKeyConstraint(
            ["producer_id"], ["producers.id"], name=op.f("fk_resolver_links_producer_id")
        ),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_resolver_links_product_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_resolver_links")),
        sa.UniqueConstraint(
            "product_id",
            "lot_id",
            "link_type",
            "href",
            name=op.f("uq_resolver_links_product_id_lot_id_link_type_href"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_table(
        "trace_codes",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("producer_id", sa.Uuid(), nullable=False),
        sa.Column("lot_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["lot_id"], ["lots.id"], name=op.f("fk_trace_codes_lot_id")),
        sa.ForeignKeyConstraint(["producer_id"], ["producers.id"], name=op.f("fk_trace_codes_producer_id")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_trace_codes_product_id")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_trace_codes")),
    )
    op.create_index("ix_trace_codes_lot_id", "trace_codes", ["lot_id"], unique=False)
    op.create_index(op.f("ix_trace_codes_product_id"), "trace_codes", ["product_id"], unique=False)
    op.create_table(
        "trace_events",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("lot_id", sa.Uuid(), nullable=False),
        sa.Column("producer_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "harvest",
                "purchase",
                "first_processing",
                "processing",
                "inspection",
                "packing",
                "production_place",
                "shipping",
                "receiving",
                "sale",
                "recall",
                name="eventkind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("zone_offset", sa.String(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.Column("unit_id", sa.String(), nullable=True),
        sa.Column("place_text", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("corrects_id", sa.Uuid(), nullable=True),
        sa.Column("epcis", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("event_hash", sa.String(), nullable=False),
        sa.Column("chain_hash", sa.String(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["corrects_id"], ["trace_events.id"], name=op.f("fk_trace_events_corrects_id")
        ),
        sa.ForeignKeyConstraint(["lot_id"], ["lots.id"], name=op.f("fk_trace_events_lot_id")),
        sa.ForeignKeyConstraint(["producer_id"], ["producers.id"], name=op.f("fk_trace_events_producer_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["admin_units.id"], name=op.f("fk_trace_events_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trace_events")),
        sa.UniqueConstraint("corrects_id", name=op.f("uq_trace_events_corrects_id")),
    )
    op.create_index("ix_trace_events_lot_id", "trace_events", ["lot_id", "occurred_at"], unique=False)
    op.create_index(op.f("ix_trace_events_event_hash"), "trace_events", ["event_hash"], unique=False)
    create_history_tables()
    op.create_table(
        "lot_keys",
        sa.Column("lot_id", sa.Uuid(), nullable=False),
        sa.Column("producer_id", sa.Uuid(), nullable=False),
        sa.Column("key_id", sa.String(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["lot_id"], ["lots.id"], name=op.f("fk_lot_keys_lot_id")),
        sa.ForeignKeyConstraint(["producer_id"], ["producers.id"], name=op.f("fk_lot_keys_producer_id")),
        sa.PrimaryKeyConstraint("lot_id", name=op.f("pk_lot_keys")),
    )
    op.create_table(
        "label_marks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("media_key", sa.String(), nullable=False),
        sa.Column("suffix", sa.String(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_label_marks")),
    )
    op.create_table(
        "label_papers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("producer_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("measures", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["producer_id"], ["producers.id"], name=op.f("fk_label_papers_producer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_label_papers")),
    )
    op.create_index(op.f("ix_label_papers_producer_id"), "label_papers", ["producer_id"], unique=False)
    op.create_table(
        "print_runs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("lot_id", sa.Uuid(), nullable=False),
        sa.Column("producer_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("lot", "serial", name="runkind", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("stem", sa.String(), nullable=False),
        sa.Column("template", sa.String(), nullable=False),
        sa.Column("roll_size", sa.BigInteger(), nullable=False),
        sa.Column("stars", sa.BigInteger(), nullable=False),
        sa.Column("words", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("mark_id", sa.Uuid(), nullable=True),
        sa.Column("printed", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("voided_by", sa.String(), nullable=False),
        sa.Column("void_reason", sa.String(), nullable=False),
        sa.CheckConstraint(
            "number >= 1 AND (kind <> 'serial' OR number <= 255)", name=op.f("ck_print_runs_number")
        ),
        sa.CheckConstraint("count BETWEEN 1 AND 16777216", name=op.f("ck_print_runs_count")),
        sa.ForeignKeyConstraint(["lot_id"], ["lots.id"], name=op.f("fk_print_runs_lot_id")),
        sa.ForeignKeyConstraint(["mark_id"], ["label_marks.id"], name=op.f("fk_print_runs_mark_id")),
        sa.ForeignKeyConstraint(["producer_id"], ["producers.id"], name=op.f("fk_print_runs_producer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_print_runs")),
        sa.UniqueConstraint("lot_id", "kind", "number", name=op.f("uq_print_runs_lot_id_kind_number")),
    )
    op.create_table(
        "serial_ranges",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("producer_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "activated", "blocked", name="rangekind", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("first", sa.BigInteger(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("first BETWEEN 0 AND last", name=op.f("ck_serial_ranges_first")),
        sa.ForeignKeyConstraint(["run_id"], ["print_runs.id"], name=op.f("fk_serial_ranges_run_id")),
        sa.ForeignKeyConstraint(["producer_id"], ["producers.id"], name=op.f("fk_serial_ranges_producer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_serial_ranges")),
        sa.UniqueConstraint("run_id", "kind", "first", name=op.f("uq_serial_ranges_run_id_kind_first")),
    )
    op.create_table(
        "run_acts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("producer_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "printed",
                "activated",
                "blocked",
                "unblocked",
                "voided",
                name="actkind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("first", sa.BigInteger(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("file", sa.String(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("first BETWEEN 1 AND last", name=op.f("ck_run_acts_first")),
        sa.ForeignKeyConstraint(["run_id"], ["print_runs.id"], name=op.f("fk_run_acts_run_id")),
        sa.ForeignKeyConstraint(["producer_id"], ["producers.id"], name=op.f("fk_run_acts_producer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run_acts")),
    )
    op.create_index("ix_run_acts_run_id", "run_acts", ["run_id", "created_at"], unique=False)
    op.create_table(
        "serial_tallies",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("producer_id", sa.Uuid(), nullable=False),
        sa.Column("scans", sa.BigInteger(), nullable=False),
        sa.Column("first_scan_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_scan_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("early_scans", sa.BigInteger(), nullable=False),
        sa.Column("early_scan_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["print_runs.id"], name=op.f("fk_serial_tallies_run_id")),
        sa.PrimaryKeyConstraint("run_id", "position", name=op.f("pk_serial_tallies")),
    )
    op.create_table(
        "handovers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("recipient", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("token_digest", sa.String(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("remind_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handovers")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_handovers_token_digest")),
    )
    op.create_table(
        "handover_rows",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("handover_id", sa.Uuid(), nullable=False),
        sa.Column("listing_id", sa.Uuid(), nullable=False),
        sa.Column("producer_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column(
            "outcome",
            sa.Enum(
                "waiting",
                "posted",
                "returned",
                "failed",
                name="handoveroutcome",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("acted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["handover_id"], ["handovers.id"], name=op.f("fk_handover_rows_handover_id")),
        sa.ForeignKeyConstraint(["listing_id"], ["listings.id"], name=op.f("fk_handover_rows_listing_id")),
        sa.ForeignKeyConstraint(["producer_id"], ["producers.id"], name=op.f("fk_handover_rows_producer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handover_rows")),
        sa.UniqueConstraint(
            "handover_id", "listing_id", name=op.f("uq_handover_rows_handover_id_listing_id")
        ),
    )
    op.create_index("ix_handover_rows_listing_id", "handover_rows", ["listing_id"], unique=False)
    op.create_table(
        "listing_doubles",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("listing_id", sa.Uuid(), nullable=False),
        sa.Column("producer_id", sa.Uuid(), nullable=False),
        sa.Column(
            "cause",
            sa.Enum(
                "same_sku",
                "beside_adopted",
                name="doublecause",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("keep_remote_id", sa.String(), nullable=False),
        sa.Column("keep_url", sa.String(), nullable=False),
        sa.Column("extra_remote_id", sa.String(), nullable=False),
        sa.Column("extra_title", sa.String(), nullable=False),
        sa.Column("extra_url", sa.String(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "found",
                "repairing",
                "repaired",
                "gone",
                name="doublestate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("repaired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.String(), nullable=False),
        sa.Column("problem", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["marketplace_accounts.id"], name=op.f("fk_listing_doubles_account_id")
        ),
        sa.ForeignKeyConstraint(["listing_id"], ["listings.id"], name=op.f("fk_listing_doubles_listing_id")),
        sa.ForeignKeyConstraint(
            ["producer_id"], ["producers.id"], name=op.f("fk_listing_doubles_producer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_listing_doubles")),
        sa.UniqueConstraint(
            "account_id", "extra_remote_id", name=op.f("uq_listing_doubles_account_id_extra_remote_id")
        ),
    )
    op.create_index("ix_listing_doubles_producer_id", "listing_doubles", ["producer_id"], unique=False)
    op.create_table(
        "stall_consents",
        sa.Column("state_digest", sa.String(), nullable=False),
        sa.Column("session_digest", sa.String(), nullable=False),
        sa.Column("producer_id", sa.Uuid(), nullable=False),
        sa.Column("marketplace_key", sa.String(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("shop_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["marketplace_accounts.id"], name=op.f("fk_stall_consents_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["marketplace_key"], ["marketplaces.key"], name=op.f("fk_stall_consents_marketplace_key")
        ),
        sa.ForeignKeyConstraint(
            ["producer_id"], ["producers.id"], name=op.f("fk_stall_consents_producer_id")
        ),
        sa.PrimaryKeyConstraint("state_digest", name=op.f("pk_stall_consents")),
    )
    op.create_table(
        "marketplace_pushes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("marketplace_key", sa.String(), nullable=False),
        sa.Column("event_id", sa.String(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "listing",
                "sign_in_ended",
                "sign_in_ends",
                "other",
                name="pushkind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("shop_id", sa.String(), nullable=False),
        sa.Column("remote_id", sa.String(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("raw", postgresql.JSONB(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["marketplace_key"], ["marketplaces.key"], name=op.f("fk_marketplace_pushes_marketplace_key")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_marketplace_pushes")),
        sa.UniqueConstraint(
            "marketplace_key", "event_id", name=op.f("uq_marketplace_pushes_marketplace_key_event_id")
        ),
    )
    op.create_index(
        "ix_marketplace_pushes_waiting",
        "marketplace_pushes",
        ["received_at"],
        unique=False,
        postgresql_where=sa.text("done_at IS NULL"),
    )
    op.create_table(
        "listing_drifts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("listing_id", sa.Uuid(), nullable=False),
        sa.Column("producer_id", sa.Uuid(), nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("ours", sa.String(), nullable=False),
        sa.Column("theirs", sa.String(), nullable=False),
        sa.Column(
            "author",
            sa.Enum(
                "before",
                "marketplace",
                "not_taken",
                name="driftauthor",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "decision",
            sa.Enum(
                "ours",
                "theirs",
                "gone",
                name="driftdecision",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("decided_by", sa.String(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["listing_id"], ["listings.id"], name=op.f("fk_listing_drifts_listing_id")),
        sa.ForeignKeyConstraint(
            ["producer_id"], ["producers.id"], name=op.f("fk_listing_drifts_producer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_listing_drifts")),
    )
    op.create_index("ix_listing_drifts_producer_id", "listing_drifts", ["producer_id"], unique=False)
    op.create_index(
        "uq_listing_drifts_open",
        "listing_drifts",
        ["listing_id", "field"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "bulk_runs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "publish", "unlist", name="bulkkind", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("marketplace_key", sa.String(), nullable=False),
        sa.Column("scope_name", sa.String(), nullable=False),
        sa.Column("publish_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("follows_season", sa.Boolean(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["marketplace_key"], ["marketplaces.key"], name=op.f("fk_bulk_runs_marketplace_key")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk_runs")),
    )
    op.create_table(
        "bulk_rows",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("producer_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("listing_id", sa.Uuid(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "asked",
                "refused",
                name="bulkstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("problem", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["marketplace_accounts.id"], name=op.f("fk_bulk_rows_account_id")
        ),
        sa.ForeignKeyConstraint(["listing_id"], ["listings.id"], name=op.f("fk_bulk_rows_listing_id")),
        sa.ForeignKeyConstraint(["producer_id"], ["producers.id"], name=op.f("fk_bulk_rows_producer_id")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_bulk_rows_product_id")),
        sa.ForeignKeyConstraint(["run_id"], ["bulk_runs.id"], name=op.f("fk_bulk_rows_run_id")),
        sa.PrimaryKeyConstraint("run_id", "product_id", name=op.f("pk_bulk_rows")),
    )
    op.create_index("ix_bulk_rows_producer_id", "bulk_rows", ["producer_id"], unique=False)
    op.create_index(
        "ix_bulk_rows_waiting",
        "bulk_rows",
        ["run_id"],
        unique=False,
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_table(
        "remembered_columns",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "products", "lots", name="importkind", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("header_folded", sa.String(), nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_remembered_columns_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "kind", "header_folded", name=op.f("pk_remembered_columns")),
    )
    op.create_table(
        "export_marks",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("exported_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_export_marks_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_export_marks")),
    )
    op.create_table(
        "claim_codes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("producer_id", sa.Uuid(), nullable=False),
        sa.Column(
            "purpose",
            sa.Enum(
                "claim", "invite", name="codepurpose", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column(
            "role",
            sa.Enum(
                "owner", "editor", name="memberrole", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("issued_by", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("used_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["producer_id"], ["producers.id"], name=op.f("fk_claim_codes_producer_id")),
        sa.ForeignKeyConstraint(["used_by"], ["users.id"], name=op.f("fk_claim_codes_used_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim_codes")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_claim_codes_code_hash")),
    )
    op.create_index(op.f("ix_claim_codes_producer_id"), "claim_codes", ["producer_id"], unique=False)
    op.create_table(
        "mandate_requests",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("producer_id", sa.Uuid(), nullable=False),
        sa.Column("helper_id", sa.Uuid(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("covers", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by", sa.String(), nullable=False),
        sa.Column("agreed", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(
            ["producer_id"], ["producers.id"], name=op.f("fk_mandate_requests_producer_id")
        ),
        sa.ForeignKeyConstraint(["helper_id"], ["users.id"], name=op.f("fk_mandate_requests_helper_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mandate_requests")),
    )
    for column in ("producer_id", "helper_id"):
        op.create_index(op.f(f"ix_mandate_requests_{column}"), "mandate_requests", [column], unique=False)
    op.create_table(
        "consents",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("producer_id", sa.Uuid(), nullable=False),
        sa.Column(
            "purpose",
            sa.Enum(
                "phone",
                "email",
                "address",
                name="consentpurpose",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("text_version", sa.String(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("given_by", sa.String(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["producer_id"], ["producers.id"], name=op.f("fk_consents_producer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
    )
    op.create_index(
        "uq_consents_in_force",
        "consents",
        ["producer_id", "purpose"],
        unique=True,
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    )
    op.create_table(
        "merges",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("producer_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "producer", "product", name="mergekind", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("from_id", sa.Uuid(), nullable=False),
        sa.Column("into_id", sa.Uuid(), nullable=False),
        sa.Column("moved", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("merged_by", sa.String(), nullable=False),
        sa.Column("merged_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("undone_by", sa.String(), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["producer_id"], ["producers.id"], name=op.f("fk_merges_producer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merges")),
    )
    op.create_index(op.f("ix_merges_from_id"), "merges", ["from_id"], unique=False)


def create_history_tables() -> None:
    """What lots were made from, EPCIS documents handed in, and what scans tell over time."""
    op.create_table(
        "lot_inputs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("lot_id", sa.Uuid(), nullable=False),
        sa.Column("producer_id", sa.Uuid(), nullable=False),
        sa.Column("input_lot_id", sa.Uuid(), nullable=False),
        sa.Column("input_producer_id", sa.Uuid(), nullable=False),
        sa.Column("quantity", sa.Numeric(18, 3), nullable=True),
        sa.Column("unit", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["trace_events.id"], name=op.f("fk_lot_inputs_event_id")),
        sa.ForeignKeyConstraint(["lot_id"], ["lots.id"], name=op.f("fk_lot_inputs_lot_id")),
        sa.ForeignKeyConstraint(["producer_id"], ["producers.id"], name=op.f("fk_lot_inputs_producer_id")),
        sa.ForeignKeyConstraint(["input_lot_id"], ["lots.id"], name=op.f("fk_lot_inputs_input_lot_id")),
        sa.ForeignKeyConstraint(
            ["input_producer_id"], ["producers.id"], name=op.f("fk_lot_inputs_input_producer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lot_inputs")),
    )
    for column in ("event_id", "lot_id", "input_lot_id"):
        op.create_index(op.f(f"ix_lot_inputs_{column}"), "lot_inputs", [column], unique=False)
    op.create_table(
        "epcis_captures",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("producer_id", sa.Uuid(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "running",
                "done",
                "failed",
                name="capturestate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("proceed", sa.Boolean(), nullable=False),
        sa.Column("document", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("event_count", sa.BigInteger(), nullable=False),
        sa.Column("stored_count", sa.BigInteger(), nullable=False),
        sa.Column("errors", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["producer_id"], ["producers.id"], name=op.f("fk_epcis_captures_producer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_epcis_captures")),
    )
    op.create_index(op.f("ix_epcis_captures_producer_id"), "epcis_captures", ["producer_id"], unique=False)
    op.create_table(
        "scan_days",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("producer_id", sa.Uuid(), nullable=False),
        sa.Column("lot_id", sa.Uuid(), nullable=True),
        sa.Column("scans", sa.BigInteger(), nullable=False),
        sa.Column("serial_scans", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scan_days")),
        sa.UniqueConstraint(
            "product_id",
            "lot_id",
            "day",
            name=op.f("uq_scan_days_product_id_lot_id_day"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_index(op.f("ix_scan_days_day"), "scan_days", ["day"], unique=False)
    op.create_table(
        "scan_alerts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("producer_id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("lot_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "after_recall",
                "after_expiry",
                "source_recalled",
                "more_than_made",
                "one_serial_often",
                "before_activation",
                "unknown_serials",
                "many_places",
                name="alertkind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("scans", sa.BigInteger(), nullable=False),
        sa.Column("reason", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by", sa.String(), nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["lot_id"], ["lots.id"], name=op.f("fk_scan_alerts_lot_id")),
        sa.ForeignKeyConstraint(["producer_id"], ["producers.id"], name=op.f("fk_scan_alerts_producer_id")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_scan_alerts_product_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scan_alerts")),
        sa.UniqueConstraint("lot_id", "kind", "day", name=op.f("uq_scan_alerts_lot_id_kind_day")),
    )
    op.create_index(op.f("ix_scan_alerts_producer_id"), "scan_alerts", ["producer_id"], unique=False)

    op.create_table(
        "problem_reports",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("producer_id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("lot_id", sa.Uuid(), nullable=True),
        sa.Column("serial", sa.String(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "label",
                "quality",
                "dates",
                "other",
                name="reportkind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by", sa.String(), nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["lot_id"], ["lots.id"], name=op.f("fk_problem_reports_lot_id")),
        sa.ForeignKeyConstraint(
            ["producer_id"], ["producers.id"], name=op.f("fk_problem_reports_producer_id")
        ),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_problem_reports_product_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_problem_reports")),
    )
    op.create_index(
        "ix_problem_reports_producer_id", "problem_reports", ["producer_id", "created_at"], unique=False
    )
    op.create_index(op.f("ix_problem_reports_created_at"), "problem_reports", ["created_at"], unique=False)
    op.create_table(
        "category_trees",
        sa.Column("marketplace_key", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("tree", postgresql.JSONB(), nullable=False),
        sa.Column("fields", postgresql.JSONB(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["marketplace_key"], ["marketplaces.key"], name=op.f("fk_category_trees_marketplace_key")
        ),
        sa.PrimaryKeyConstraint("marketplace_key", name=op.f("pk_category_trees")),
    )
    op.create_table(
        "category_mappings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("marketplace_key", sa.String(), nullable=False),
        sa.Column("group_code", sa.String(), nullable=False),
        sa.Column("sub_group_code", sa.String(), nullable=False),
        sa.Column("tree_version", sa.String(), nullable=False),
        sa.Column("category_id", sa.String(), nullable=False),
        sa.Column("category_path", sa.String(), nullable=False),
        sa.Column("attributes", postgresql.JSONB(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("decided_by", sa.String(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["group_code"], ["product_groups.code"], name=op.f("fk_category_mappings_group_code")
        ),
        sa.ForeignKeyConstraint(
            ["marketplace_key"], ["marketplaces.key"], name=op.f("fk_category_mappings_marketplace_key")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_category_mappings")),
    )
    op.create_index(
        "uq_category_mappings_open",
        "category_mappings",
        ["marketplace_key", "group_code", "sub_group_code"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "category_lessons",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("marketplace_key", sa.String(), nullable=False),
        sa.Column("group_code", sa.String(), nullable=False),
        sa.Column("category_id", sa.String(), nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("times", sa.BigInteger(), nullable=False),
        sa.Column("first_seen", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "decision",
            sa.Enum(
                "taken",
                "dismissed",
                name="lessondecision",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("decided_by", sa.String(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["group_code"], ["product_groups.code"], name=op.f("fk_category_lessons_group_code")
        ),
        sa.ForeignKeyConstraint(
            ["marketplace_key"], ["marketplaces.key"], name=op.f("fk_category_lessons_marketplace_key")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_category_lessons")),
        sa.UniqueConstraint(
            "marketplace_key", "group_code", "category_id", "field", "code", name="uq_category_lessons_taught"
        ),
    )
    op.create_table(
        "marketplace_fees",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("marketplace_key", sa.String(), nullable=False),
        sa.Column("category_id", sa.String(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("share", sa.BigInteger(), nullable=False),
        sa.Column("fixed_vnd", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("entered_by", sa.String(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["marketplace_key"], ["marketplaces.key"], name=op.f("fk_marketplace_fees_marketplace_key")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_marketplace_fees")),
        sa.UniqueConstraint(
            "marketplace_key",
            "category_id",
            "valid_from",
            name=op.f("uq_marketplace_fees_marketplace_key_category_id_valid_from"),
        ),
    )
    op.create_table(
        "reason_words",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("marketplace_key", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("cause_vi", sa.String(), nullable=False),
        sa.Column("step_vi", sa.String(), nullable=False),
        sa.Column("example_vi", sa.String(), nullable=False),
        sa.Column("cause_en", sa.String(), nullable=False),
        sa.Column("step_en", sa.String(), nullable=False),
        sa.Column("example_en", sa.String(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("written_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["marketplace_key"], ["marketplaces.key"], name=op.f("fk_reason_words_marketplace_key")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reason_words")),
        sa.UniqueConstraint(
            "marketplace_key", "code", "message", name=op.f("uq_reason_words_marketplace_key_code_message")
        ),
    )
    op.create_table(
        "webhook_endpoints",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("producer_id", sa.Uuid(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "active",
                "paused",
                "dead",
                name="hookstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("secret_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("old_secret_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("old_secret_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["producer_id"], ["producers.id"], name=op.f("fk_webhook_endpoints_producer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_endpoints")),
    )
    op.create_index("ix_webhook_endpoints_producer_id", "webhook_endpoints", ["producer_id"], unique=False)
    op.create_table(
        "webhook_messages",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("endpoint_id", sa.Uuid(), nullable=False),
        sa.Column("producer_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "delivered",
                "dead",
                name="messagestate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("status", sa.BigInteger(), nullable=True),
        sa.Column("problem", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["endpoint_id"],
            ["webhook_endpoints.id"],
            name=op.f("fk_webhook_messages_endpoint_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["producer_id"], ["producers.id"], name=op.f("fk_webhook_messages_producer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_messages")),
    )
    op.create_index(
        "ix_webhook_messages_due",
        "webhook_messages",
        ["next_at"],
        unique=False,
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_index(
        "ix_webhook_messages_endpoint_id", "webhook_messages", ["endpoint_id", "created_at"], unique=False
    )
    op.create_index("ix_webhook_messages_producer_id", "webhook_messages", ["producer_id"], unique=False)


def downgrade() -> None:
    raise RuntimeError("the first revision is the house itself; drop the database instead")
