//! A document as blocks, written as HTML or as Markdown. Whatever text it holds is escaped here.

use std::fmt::Write as _;

use super::escaped;
use super::locale::Language;

/// A document.
pub(super) struct Document {
    pub(super) language: Language,
    pub(super) title: String,
    pub(super) blocks: Vec<Block>,
}

/// A part of a document.
pub(super) enum Block {
    Heading(String),
    Paragraph(String),
    /// A paragraph that stands out.
    Lead(String),
    Bullets(Vec<String>),
    Table(Table),
    /// A picture made here: its SVG, and what it shows.
    Figure(String, String),
    /// Where people sign: who, and what each is to fill in.
    Signatures(Vec<String>, String),
    /// What follows begins a page.
    PageBreak,
}

/// A table whose first cells name the rows.
pub(super) struct Table {
    pub(super) caption: String,
    pub(super) head: Vec<String>,
    pub(super) rows: Vec<Row>,
    /// Whether the cells are text rather than numbers.
    pub(super) is_text: bool,
}

/// A row of as many cells as the head has.
pub(super) struct Row {
    pub(super) cells: Vec<String>,
    /// It sums up what stands above it.
    pub(super) is_total: bool,
}

impl Row {
    pub(super) fn new(cells: Vec<String>) -> Self {
        Self { cells, is_total: false }
    }

    pub(super) fn total(cells: Vec<String>) -> Self {
        Self { cells, is_total: true }
    }
}

const STYLE: &str = concat!(include_str!("chart.css"), include_str!("document.css"));

impl Document {
    /// A page of its own: HTML with inline SVG, and nothing to be loaded or run.
    pub(super) fn html(&self) -> String {
        let (language, title) = (self.language.name(), escaped(&self.title));
        let mut html = format!(
            "<!doctype html>\n<html lang=\"{language}\"><head><meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width\">\n\
             <meta http-equiv=\"Content-Security-Policy\" \
             content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
             <title>{title}</title>\n<style>{STYLE}</style></head>\n<body class=\"document\">\n\
             <main>\n<h1>{title}</h1>\n"
        );
        for block in &self.blocks {
            html += &block.html();
        }
        html + "</main>\n</body></html>\n"
    }

    /// Markdown with tables, as GitHub reads it. Pictures are left out; the tables have their numbers.
    pub(super) fn markdown(&self) -> String {
        let mut text = format!("# {}\n", plain(&self.title));
        for block in &self.blocks {
            text += &block.markdown();
        }
        text
    }
}

impl Block {
    fn html(&self) -> String {
        match self {
            Self::Heading(text) => format!("<h2>{}</h2>\n", escaped(text)),
            Self::Paragraph(text) => format!("<p>{}</p>\n", escaped(text)),
            Self::Lead(text) => format!("<p class=\"lead\">{}</p>\n", escaped(text)),
            Self::Bullets(items) => {
                let items = items.iter().map(|item| format!("<li>{}</li>\n", escaped(item)));
                format!("<ul>\n{}</ul>\n", items.collect::<String>())
            }
            Self::Table(table) => table.html(),
            Self::Figure(svg, caption) => {
                let caption = escaped(caption);
                format!("<figure>{svg}<figcaption>{caption}</figcaption></figure>\n")
            }
            Self::Signatures(people, fields) => {
                let person = |name: &String| {
                    format!(
                        "<div><strong>{}</strong><p>{}</p></div>",
                        escaped(name),
                        escaped(fields)
                    )
                };
                let people: String = people.iter().map(person).collect();
                format!("<div class=\"signatures\">{people}</div>\n")
            }
            Self::PageBreak => "<hr class=\"page\">\n".to_owned(),
        }
    }

    fn markdown(&self) -> String {
        match self {
            Self::Heading(text) => format!("\n## {}\n", plain(text)),
            Self::Paragraph(text) => format!("\n{}\n", plain(text)),
            Self::Lead(text) => format!("\n**{}**\n", plain(text)),
            Self::Bullets(items) => {
                let items = items.iter().map(|item| format!("- {}\n", plain(item)));
                format!("\n{}", items.collect::<String>())
            }
            Self::Table(table) => table.markdown(),
            Self::Figure(_, caption) => format!("\n{}\n", plain(caption)),
            Self::Signatures(people, fields) => {
                let person = |name: &String| format!("- **{}**: {}\n", plain(name), plain(fields));
                format!("\n{}", people.iter().map(person).collect::<String>())
            }
            Self::PageBreak => "\n---\n".to_owned(),
        }
    }
}

impl Table {
    fn html(&self) -> String {
        let class = if self.is_text { " class=\"text\"" } else { "" };
        let mut html = format!(
            "<div class=\"scroll\"><table{class}>\n<caption>{}</caption>\n<thead><tr>",
            escaped(&self.caption)
        );
        for cell in &self.head {
            let _ = write!(html, "<th scope=\"col\">{}</th>", escaped(cell));
        }
        html += "</tr></thead>\n<tbody>\n";
        for row in &self.rows {
            html += if row.is_total { "<tr class=\"total\">" } else { "<tr>" };
            for (i, cell) in row.cells.iter().enumerate() {
                let cell = escaped(cell);
                let _ = match i {
                    0 => write!(html, "<th scope=\"row\">{cell}</th>"),
                    _ => write!(html, "<td>{cell}</td>"),
                };
            }
            html += "</tr>\n";
        }
        html + "</tbody></table></div>\n"
    }

    fn markdown(&self) -> String {
        let line = |cells: &[String], bold: bool| {
            let mark = if bold { "**" } else { "" };
            let cell = |cell: &String| match plain(cell) {
                text if text.is_empty() => " |".to_owned(),
                text => format!(" {mark}{text}{mark} |"),
            };
            format!("|{}\n", cells.iter().map(cell).collect::<String>())
        };
        let rule = if self.is_text { " --- |" } else { " ---: |" };
        let mut text = format!("\n{}\n\n{}", plain(&self.caption), line(&self.head, false));
        text += &format!("| --- |{}\n", rule.repeat(self.head.len().saturating_sub(1)));
        for row in &self.rows {
            text += &line(&row.cells, row.is_total);
        }
        text
    }
}

/// Text as it may stand in Markdown, on one line: no character of it becomes markup.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '~' => out.extend(['\\', c]),
            c if c.is_control() || crate::error::reorders(c) => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_become_markdown() {
        let text = plain("<b>*a*</b> [x](y) | `c` # _d_\n\u{202e}");
        let expected =
            "&lt;b&gt;\\*a\\*&lt;/b&gt; \\[x\\](y) \\| \\`c\\` \\# \\_d\\_\u{fffd}\u{fffd}";
        assert_eq!(text, expected);
    }
}
