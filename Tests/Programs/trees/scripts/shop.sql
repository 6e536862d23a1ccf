CREATE TABLE item(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, price REAL CHECK(price > 0));
CREATE TABLE sale(item INTEGER REFERENCES item(id), day TEXT, amount INTEGER);
CREATE INDEX sale_day ON sale(day, item);
INSERT INTO item VALUES (1, 'apple', 0.5), (2, 'pear', 0.75), (3, 'plum', 0.2);
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 9999)
INSERT INTO sale SELECT i % 3 + 1, date('2024-01-01', (i % 90) || ' days'), (i * 31) % 17 FROM n;
SELECT count(*), sum(amount) FROM sale;
.mode column
.headers on
SELECT name, sum(amount) AS sold, round(sum(amount * price), 2) AS revenue FROM sale JOIN item ON item.id = sale.item GROUP BY name ORDER BY revenue DESC;
SELECT strftime('%m', day) AS month, name, sum(amount) AS sold, rank() OVER (PARTITION BY strftime('%m', day) ORDER BY sum(amount) DESC) AS place
FROM sale JOIN item ON item.id = sale.item GROUP BY 1, 2 ORDER BY 1, 4;
.mode list
BEGIN;
DELETE FROM sale WHERE day LIKE '2024-02%';
SELECT count(*) FROM sale;
ROLLBACK;
SELECT count(*) FROM sale;
INSERT INTO item VALUES (4, 'apple', 1);
SELECT json_group_array(json_object('name', name, 'price', price)) FROM item;
CREATE VIRTUAL TABLE note USING fts5(text);
INSERT INTO note VALUES ('the quick brown fox'), ('a lazy dog sleeps'), ('foxes and dogs');
SELECT highlight(note, 0, '<', '>') FROM note WHERE note MATCH 'fox* OR dog' ORDER BY rank, rowid;
EXPLAIN QUERY PLAN SELECT * FROM sale WHERE day = '2024-01-05' AND item = 2;
SELECT hex(zeroblob(4)), quote(x'00ff'), typeof(1e3), printf('%08.3f', sqrt(2)), upper('straße');
.mode quote
SELECT * FROM item;
VACUUM;
PRAGMA integrity_check;
PRAGMA page_count;
