import { describe, expect, it } from 'vitest';
import { htmlText } from '../../../src/tools/built-in/html-text.ts';

const BASE = 'https://example.org/dir/page';

describe('The text of a page', () => {
  it.each([
    ['has a line per block', '<h1>Title</h1><p>One\n two</p><div>Three<br>four</div>', 'Title\nOne two\nThree\nfour'],
    ['keeps words apart as the page does', '<b>bold</b>er <i> it </i>.<span>x</span>', 'bolder it .x'],
    ['marks items of lists', '<ul><li>one</li><li> two<li><p>three</ul>after', '- one\n- two\n- three\nafter'],
    ['keeps cells apart', '<table><tr><td>1</td><td>2</td></tr><tr><td>3</td></tr></table>', '1 2\n3'],
    ['keeps preformatted text as it is', '<pre>a\n  b</pre>  c   d', 'a\n  b\nc d'],
    ['leaves out scripts and styles', 'a<script>if (1<2) "</p>"</script>b<STYLE>p{}</STYLE >c', 'abc'],
    ['leaves out comments and declarations', '<!DOCTYPE html><!-- <p>no</p> --><?xml?>yes', 'yes'],
    [
      'reads entities',
      '&lt;b&gt; &amp;amp; &#65;&#x42; caf&eacute; &nope; a&nbsp;b',
      '<b> &amp; AB caf&eacute; &nope; a b',
    ],
    ['reads no entity that is no character', '&#0;&#1114112;&#xFFFFFF;', '&#0;&#1114112;&#xFFFFFF;'],
    ['is not misled by > in quotes', '<p title="a>b" data-x=\'>\'>text</p>', 'text'],
    ['keeps a < that opens nothing', '1 < 2 <3 and a<', '1 < 2 <3 and a<'],
    ['ends with what never ends', 'a<p title="b>c', 'a'],
    ['ends with a script that never ends', 'a<script>b</scrip>c', 'a'],
  ])('%s', async (_what, html, text) => {
    expect(await htmlText(html, BASE)).toBe(text);
  });

  it.each([
    ['/x?a=1&amp;b=2', '[here](https://example.org/x?a=1&b=2)'],
    ['next', '[here](https://example.org/dir/next)'],
    ['//other.example/', '[here](https://other.example/)'],
    ['javascript:alert(1)', 'here'],
    ['data:text/html,x', 'here'],
    ['http://[', 'here'],
  ])('shows where a link to %s leads', async (href, text) => {
    expect(await htmlText(`<a class="href=no" href="${href}">here</a>`, BASE)).toBe(text);
  });

  it('comes in time that the page’s length bounds, with others let in between', async () => {
    const length = 1024 * 1024;
    let letIn = 0;
    const timer = setInterval(() => letIn++, 1);
    // Time that grew with the square of the length would be more than a test has.
    for (const piece of [
      '<',
      '<a ',
      '<a href="',
      '<!--',
      '</',
      '<pre>',
      '&amp;',
      '&#',
      '<a href=x>',
      '<script>',
      '"<\'',
    ]) {
      await htmlText(piece.repeat(length / piece.length), BASE);
    }
    clearInterval(timer);
    expect(letIn).toBeGreaterThan(10);
  });

  it('is the same however long the pieces between its tags are', async () => {
    const words = 'x&amp;y &lt;'.repeat(20_000);
    expect(await htmlText(words, BASE)).toBe('x&y <'.repeat(20_000));
  });
});
