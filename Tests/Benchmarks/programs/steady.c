// Rows are put in, changed, joined, sorted and taken out, again and again; after each time it says how long the process has run. Repetitions are all
// alike, so what the first ones take longer is what a program takes to become fast. Usage: steady REPETITIONS
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include "sqlite3.h"

static const char *const setup =
    "CREATE TABLE item(id INTEGER PRIMARY KEY, name TEXT, price INTEGER);"
    "CREATE TABLE kind(id INTEGER PRIMARY KEY, word TEXT);"
    "CREATE INDEX by_price ON item(price);"
    "INSERT INTO kind VALUES (0, 'cheap'), (1, 'fair'), (2, 'dear');";

static const char *const work =
    "BEGIN;"
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 150)"
    "  INSERT INTO item SELECT i, printf('item %05d', i * 7919 % 1000), i * 31 % 300 FROM n;"
    "UPDATE item SET price = price + 5 WHERE name LIKE '%7%';"
    "COMMIT;"
    "SELECT word, count(*), sum(price), max(name) FROM item JOIN kind ON kind.id = price / 100 % 3 GROUP BY word ORDER BY 2 DESC;"
    "SELECT upper(name) FROM item WHERE price BETWEEN 40 AND 90 ORDER BY name;"
    "DELETE FROM item;";

static void run(sqlite3 *database, const char *statements) {
    char *complaint = NULL;
    if (sqlite3_exec(database, statements, NULL, NULL, &complaint) == SQLITE_OK) return;
    fprintf(stderr, "steady: %s\n", complaint);
    exit(1);
}

int main(int count, char **arguments) {
    sqlite3 *database;
    int repetitions = count > 1 ? atoi(arguments[1]) : 1;
    if (sqlite3_open(":memory:", &database) != SQLITE_OK) return 1;
    run(database, setup);
    for (int i = 0; i < repetitions; i++) {
        run(database, work);
        printf("%.9f\n", (double)clock() / CLOCKS_PER_SEC);
    }
    return 0;
}
