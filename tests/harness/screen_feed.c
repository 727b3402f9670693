/* Bytes become characters and control sequences ("Xterm Control Sequences" of
 * Dickey and Moy; ECMA-48), which change cells and move the cursor. */

#include <string.h>
#include <wchar.h>

#include <check.h>

#include "tests/harness/screen_cells.h"

enum {
	SCREEN_TAB = 8, /* columns */
	SCREEN_PARAMETERS = 8,
};

static void
erase_rows(struct screen *screen, unsigned first, unsigned end)
{
	for (; first < end; first++)
		screen_erase(screen, first, 0, screen->columns);
}

static void
erase_screen(struct screen *screen, unsigned how)
{
	if (how == 0) {
		screen_erase(screen, screen->row, screen->column,
		    screen->columns);
		erase_rows(screen, screen->row + 1, screen->rows);
	} else if (how == 1) {
		erase_rows(screen, 0, screen->row);
		screen_erase(screen, screen->row, 0, screen->column + 1);
	} else {
		erase_rows(screen, 0, screen->rows);
	}
}

static void
erase_line(struct screen *screen, unsigned how)
{
	screen_erase(screen, screen->row, how == 0 ? screen->column : 0,
	    how == 1 ? screen->column + 1 : screen->columns);
}

/* Inserts n empty cells at the cursor, or with remove, removes n. */
static void
move_cells(struct screen *screen, unsigned n, bool remove)
{
	struct screen_cell *at =
	    &screen->lines[screen->row].cells[screen->column];
	unsigned left = screen->columns - screen->column;

	n = n < left ? n : left;
	if (remove) {
		memmove(at, at + n, (left - n) * sizeof(*at));
		memset(at + left - n, 0, n * sizeof(*at));
	} else {
		memmove(at + n, at, (left - n) * sizeof(*at));
		memset(at, 0, n * sizeof(*at));
	}
}

static void
set_colours(struct screen *screen, const unsigned *numbers, unsigned n)
{
	unsigned i;

	for (i = 0; i < n; i++)
		if (numbers[i] == 7)
			screen->is_reverse = true;
		else if (numbers[i] == 0 || numbers[i] == 27)
			screen->is_reverse = false;
}

/* Acts on "ESC [ numbers final". */
static void
act_on_sequence(struct screen *screen, char final, const unsigned *numbers,
    unsigned n)
{
	unsigned first = numbers[0], steps = first == 0 ? 1 : first;
	unsigned row = screen->row, column = screen->column;

	switch (final) {
	case 'A':
		screen_go_to(screen, row < steps ? 0 : row - steps, column);
		break;
	case 'B':
		screen_go_to(screen, row + steps, column);
		break;
	case 'C':
		screen_go_to(screen, row, column + steps);
		break;
	case 'D':
		screen_go_to(screen, row, column < steps ? 0 : column - steps);
		break;
	case 'G':
		screen_go_to(screen, row, steps - 1);
		break;
	case 'H':
	case 'f':
		screen_go_to(screen, steps - 1,
		    n < 2 || numbers[1] == 0 ? 0 : numbers[1] - 1);
		break;
	case 'J':
		erase_screen(screen, first);
		break;
	case 'K':
		erase_line(screen, first);
		break;
	case 'P':
	case '@':
		move_cells(screen, steps, final == 'P');
		break;
	case 'm':
		set_colours(screen, numbers, n);
		break;
	case 'h':
	case 'l':
		break;
	default:
		screen->unknown++;
	}
}

/* Reads a sequence that begins with ESC. Returns its length, or 0 if its end is
 * missing yet. */
static size_t
read_sequence(struct screen *screen, const char *bytes, size_t n)
{
	unsigned numbers[SCREEN_PARAMETERS] = {0}, n_numbers = 1;
	size_t i;

	if (n < 2)
		return 0;
	if (bytes[1] != '[') {
		screen->unknown++;
		return 2;
	}
	for (i = 2; i < n; i++) {
		if (bytes[i] >= '0' && bytes[i] <= '9')
			numbers[n_numbers - 1] = numbers[n_numbers - 1] * 10 +
			    (unsigned)(bytes[i] - '0');
		else if (bytes[i] == ';' && n_numbers < SCREEN_PARAMETERS)
			n_numbers++;
		else if (bytes[i] >= '@')
			break;
	}
	if (i == n)
		return 0;
	act_on_sequence(screen, bytes[i], numbers, n_numbers);
	return i + 1;
}

/* ---- bytes --------------------------------------------------------------- */

static void
act_on_control(struct screen *screen, char byte)
{
	switch (byte) {
	case '\r':
		screen->column = 0;
		screen->is_past = false;
		break;
	case '\n':
		screen->lines[screen->row].goes_on = false;
		screen_go_down(screen);
		break;
	case '\b':
		if (screen->column > 0)
			screen_go_to(screen, screen->row, screen->column - 1);
		break;
	case '\t':
		screen_go_to(screen, screen->row,
		    (screen->column / SCREEN_TAB + 1) * SCREEN_TAB);
		break;
	default: /* a bell, or a NUL */
		break;
	}
}

/* Shows one character or sequence. Returns its length, or 0 if its end is
 * missing yet. */
static size_t
show_one(struct screen *screen, const char *bytes, size_t n)
{
	mbstate_t state;
	wchar_t wide;
	size_t len;

	if (bytes[0] == '\033')
		return read_sequence(screen, bytes, n);
	if ((unsigned char)bytes[0] < ' ') {
		act_on_control(screen, bytes[0]);
		return 1;
	}
	memset(&state, 0, sizeof(state));
	len = mbrtowc(&wide, bytes, n, &state);
	if (len == (size_t)-2)
		return 0;
	if (len == (size_t)-1 || wcwidth(wide) < 0) {
		screen_put(screen, "?", 1, 1);
		return len == (size_t)-1 ? 1 : len;
	}
	screen_put(screen, bytes, len, wcwidth(wide));
	return len;
}

void
screen_feed(struct screen *screen, const char *bytes, size_t n)
{
	size_t shown, len, taken;

	while (n > 0) {
		taken = sizeof(screen->pending) - screen->n_pending;
		taken = n < taken ? n : taken;
		ck_assert_msg(taken > 0, "a sequence without end");
		memcpy(screen->pending + screen->n_pending, bytes, taken);
		screen->n_pending += taken;
		bytes += taken;
		n -= taken;
		for (shown = 0; shown < screen->n_pending; shown += len) {
			len = show_one(screen, screen->pending + shown,
			    screen->n_pending - shown);
			if (len == 0)
				break;
		}
		screen->n_pending -= shown;
		memmove(screen->pending, screen->pending + shown,
		    screen->n_pending);
	}
}
