/*
 * How the page looks: one stylesheet in the page itself, for screens from 320 px up and for A4.
 * Deliberately has no script, no font, no picture and no address: nothing is fetched, and the page's policy says so.
 */
#include "report/report_page.h"

/* Colours are those of the GOV.UK palette; the unit test computes the contrast of every pair below. */
/* clang-format off */
static const char style[] =
    "*{box-sizing:border-box}\n"
    "html{background:#ffffff;-webkit-text-size-adjust:100%}\n"
    "body{margin:0;color:#0b0c0c;background:#ffffff;font-family:Arial,Helvetica,sans-serif;font-size:1.0625rem;line-height:1.5;overflow-wrap:anywhere}\n"
    ".wide{max-width:72rem;margin:0 auto;padding:0 1rem}\n"
    ".skip{position:absolute;left:-999rem}\n"
    ".skip:focus{position:static;display:block;padding:.75rem 1rem}\n"
    "header{border-top:.625rem solid #1d70b8;padding-top:1.5rem}\n"
    "footer{margin-top:3rem;border-top:1px solid #b1b4b6;padding:1.5rem 0;color:#484949}\n"
    "h1,h2,h3,h4,h5{line-height:1.25;margin:0 0 .75rem}\n"
    "h1{font-size:2.25rem}\n"
    "h2{font-size:1.75rem;margin-top:3rem;padding-top:1rem;border-top:2px solid #0b0c0c}\n"
    "h3{font-size:1.375rem;margin-top:2rem}\n"
    "h4{font-size:1.1875rem;margin-top:1.75rem}\n"
    "h5{font-size:1.0625rem;margin-bottom:.25rem}\n"
    "p,ul,ol,dl,table,figure{margin:0 0 1rem}\n"
    "p,li,dd,figcaption{max-width:46rem}\n"
    "ul,ol{padding-left:1.25rem}\n"
    ".lead{font-size:1.25rem}\n"
    ".muted{color:#484949}\n"
    ".small{font-size:.9375rem;color:#484949}\n"
    "code{font-family:ui-monospace,Menlo,Consolas,monospace;font-size:.9em}\n"
    /* Links and focus. */
    "a{color:#1a65a6;text-underline-offset:.15em}\n"
    "a:visited{color:#54319f}\n"
    "a:hover{color:#0f385c;text-decoration-thickness:.2em}\n"
    "a:focus,[tabindex]:focus{outline:3px solid transparent;color:#0b0c0c;background:#ffdd00;box-shadow:0 -2px #ffdd00,0 4px #0b0c0c;text-decoration:none}\n"
    "[tabindex]:focus{background:#ffffff;outline:3px solid #0b0c0c;box-shadow:0 0 0 6px #ffdd00}\n"
    "main:focus{outline:none;box-shadow:none}\n"
    "nav ul{list-style:none;padding:0;columns:2 16rem}\n"
    "nav ol{columns:2 16rem}\n"
    ".quiet{font-size:1.1875rem;margin-top:1.5rem;padding-top:0;border-top:0}\n"
    "nav li{padding:.25rem 0}\n"
    /* A few big numbers. */
    ".facts{list-style:none;padding:0;display:grid;grid-template-columns:repeat(auto-fit,minmax(13rem,1fr));gap:1rem}\n"
    ".facts li{background:#f3f2f1;border-left:.5rem solid #1d70b8;padding:.75rem 1rem}\n"
    ".facts strong{display:block;font-size:2.25rem;line-height:1.1}\n"
    ".facts .long{font-size:1.375rem;line-height:1.25}\n"
    ".facts .bad{border-left-color:#ca3535}\n"
    ".facts .good{border-left-color:#0f7a52}\n"
    ".facts .none{border-left-color:#505a5f}\n"
    ".facts .blind{border-left-color:#54319f}\n"
    ".note{border-left:.5rem solid #b1b4b6;padding:.5rem 1rem}\n"
    /* Tags. */
    ".tag{display:inline-block;padding:.1rem .5rem;font-size:.9375rem;font-weight:bold;line-height:1.4;outline:1px solid transparent;vertical-align:middle}\n"
    ".tag-critical{color:#ffffff;background:#942514}\n"
    ".tag-high,.tag-not-met{color:#651b1b;background:#f4d7d7}\n"
    ".tag-medium{color:#5a2d09;background:#fde8d7}\n"
    ".tag-low,.tag-partly{color:#0f385c;background:#d2e2f1}\n"
    ".tag-met{color:#083d29;background:#cfe4dc}\n"
    ".tag-blind{color:#2a1950;background:#ddd6ec}\n"
    ".tag-info,.tag-unanswered{color:#282d30;background:#e5e6e7}\n"
    ".tag-beside{color:#0b0c0c;background:#ffffff;outline:1px solid #505a5f;outline-offset:-1px}\n"
    /* What is wrong, requirements and their parts. */
    ".problem{border-top:1px solid #b1b4b6;padding-top:.25rem}\n"
    ".problem h3,.problem h4{margin-top:1rem}\n"
    ".problem dl{display:grid;grid-template-columns:10.5rem minmax(0,1fr);gap:.25rem 1rem}\n"
    "dt{font-weight:bold}\n"
    "dd{margin:0}\n"
    "dd ul{margin:0}\n"
    ".about{display:grid;grid-template-columns:8rem minmax(0,1fr);gap:.25rem 1rem}\n"
    ".words{white-space:pre-line}\n"
    ".plain{list-style:none;padding:0}\n"
    ".plain li{padding:.375rem 0 .375rem .75rem;border-left:3px solid #b1b4b6;margin-bottom:.375rem}\n"
    ".plain .small{display:block}\n"
    ".requirement{padding:.75rem 0;border-top:1px solid #cecece}\n"
    ".requirement h4{margin-top:0}\n"
    ".requirement p{margin-bottom:.5rem}\n"
    "td time,td .tag{white-space:nowrap}\n"
    ".wide-table td{min-width:6.5rem}\n"
    ".wide-table .n{min-width:4.5rem}\n"
    ".wide-table th.n{white-space:normal}\n"
    ".wide-table .list{min-width:20rem}\n"
    ".wide-table td ul{margin:0;padding-left:1rem}\n"
    ".requirement :target,.requirement:target{outline:3px solid #1d70b8;outline-offset:.25rem}\n"
    /* Tables scroll inside their own region when the page is narrow. */
    ".scroll{overflow-x:auto;margin-bottom:1.5rem}\n"
    "table{border-collapse:collapse;width:100%;margin:0;font-size:.9375rem;overflow-wrap:normal}\n"
    "caption{text-align:left;font-weight:bold;padding-bottom:.5rem}\n"
    "th,td{text-align:left;vertical-align:top;padding:.4rem .75rem .4rem 0;border-bottom:1px solid #b1b4b6}\n"
    "th.n,td.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}\n"
    "tbody th{font-weight:normal;min-width:9rem}\n"
    ".hex{min-width:18rem;overflow-wrap:anywhere}\n"
    /* Pictures: the drawing is 360 units wide, so that its words stay readable on a phone. */
    "figure svg{display:block;width:100%;max-width:30rem;height:auto}\n"
    ".beside{display:grid;grid-template-columns:minmax(0,1fr);gap:0 2rem}\n"
    ".beside>*{min-width:0}\n"
    ".small-multiples{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,17rem),1fr));gap:0 2rem;align-content:start}\n"
    ".defs{position:absolute;width:0;height:0;overflow:hidden}\n"
    ".key{list-style:none;padding:0;display:flex;flex-wrap:wrap;gap:.25rem 1.25rem}\n"
    ".key svg{width:1.75rem;height:1.125rem;vertical-align:-.2rem;margin-right:.4rem;display:inline-block}\n"
    "svg text{font-family:Arial,Helvetica,sans-serif;font-size:14px;fill:#0b0c0c}\n"
    "svg .area{fill:#d2e2f1}\n"
    "svg .line{fill:none;stroke:#1d70b8;stroke-width:3;stroke-linejoin:round}\n"
    "svg .dot{fill:#ffffff;stroke:#1d70b8;stroke-width:2}\n"
    "svg .grid{stroke:#b1b4b6;stroke-width:1}\n"
    "svg .axis{stroke:#0b0c0c;stroke-width:1.5}\n"
    "svg .plate{fill:#ffffff}\n"
    "@media (min-width:60rem){.beside{grid-template-columns:minmax(0,26rem) minmax(0,1fr)}}\n"
    "@media (max-width:40rem){h1{font-size:1.75rem}h2{font-size:1.375rem}h3{font-size:1.1875rem}h4{font-size:1.0625rem}.lead{font-size:1.125rem}\n"
    ".problem dl{grid-template-columns:minmax(0,1fr);gap:0}.problem dd{margin-bottom:.5rem}}\n"
    "@media (forced-colors:active){.tag{outline-color:CanvasText}svg{forced-color-adjust:none;background:#ffffff}}\n"
    "@page{size:A4;margin:15mm 15mm 18mm}\n"
    "@media print{body{font-size:10pt;line-height:1.35}*{print-color-adjust:exact;-webkit-print-color-adjust:exact}.wide{max-width:none;padding:0}\n"
    ".skip,nav{display:none}h1{font-size:20pt}h2{font-size:15pt;margin-top:18pt}h3{font-size:12.5pt;margin-top:12pt}h4{font-size:11pt}h5{font-size:10pt}\n"
    "h1,h2,h3,h4,h5,caption{break-after:avoid}.requirement,.plain li,tr,figure,.facts li,dd{break-inside:avoid}thead{display:table-header-group}\n"
    ".lead{font-size:11.5pt}.facts{grid-template-columns:repeat(4,1fr)}.facts strong{font-size:18pt}.small,.tag,table{font-size:8.5pt}.hex{min-width:0}\n"
    ".wide-table td,.wide-table .n,.wide-table .list,.wide-table tbody th{min-width:0;overflow-wrap:break-word;padding-right:.3rem}.wide-table table{font-size:7pt}.wide-table code{overflow-wrap:anywhere}\n"
    ".wide-table td time,.wide-table td .tag{white-space:normal;font-size:7pt}.wide-table td .tag{padding:0 .2rem}\n"
    ".scroll{overflow:visible}.beside{grid-template-columns:7cm 1fr}svg{max-width:7cm}a{color:#0b0c0c}a:visited{color:#0b0c0c}\n"
    ".address a::after{content:\" (\" attr(href) \")\";font-size:8pt}}\n";
/* clang-format on */

err
report_style_text(struct job *job, slice *ret)
{
	return job_copy(job, slice_of(style), ret);
}

/* Should markup ever slip through, the page's own policy lets it fetch and run nothing. */
void
report_style_put(struct report_page *page)
{
	struct digest digest = code_sha256(slice_of(style));
	MARK(page, "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-");
	code_base64(&page->buf, digest.byte, sizeof digest.byte);
	MARK(page, "'; base-uri 'none'; form-action 'none'\">\n<style>");
	buf_add(&page->buf, slice_of(style));
	MARK(page, "</style>\n");
}
