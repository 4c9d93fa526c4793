//! What people say of their orders.

use std::borrow::Cow;

use super::draw::{HOUR, chance, day, key, log_normal, moment, one_of, pick};
use super::marginals::{
    BAD_STARS, CANCELED_STARS, COMMENTS, GOOD_STARS, PENDING_STARS, REVIEWED_TWICE, SHARED_REVIEW,
    TITLES, UNAVAILABLE_STARS, UNREVIEWED,
};
use super::person::Deal;
use super::rows::{Behaviour, SynthReview};
use crate::history::{Day, ReviewRow, Status};
use crate::seed::Stream;

/// Draws the reviews of an order, and adds them; `before` are those of the person's orders before.
pub(super) fn review(
    deal: &Deal,
    behaviour: Behaviour,
    before: usize,
    stream: &mut Stream,
    reviews: &mut Vec<SynthReview>,
) {
    let is_shared = deal.is_same_visit && chance(stream, SHARED_REVIEW);
    let shared = reviews[before..].last().filter(|_| is_shared).cloned();
    if let Some(mut shared) = shared {
        shared.row.order = deal.row.order.clone();
        reviews.push(shared);
        return;
    }
    if chance(stream, UNREVIEWED) {
        return;
    }
    let stars = stars(deal, behaviour);
    let asked = asked(deal, stream);
    reviews.push(write(deal, &stars, asked, stream));
    if chance(stream, REVIEWED_TWICE) {
        let again = day(asked.days() + 1 + stream.below(10) as i64);
        reviews.push(write(deal, &stars, again, stream));
    }
}

/// How often somebody with this order gives one to five stars.
fn stars(deal: &Deal, behaviour: Behaviour) -> [f64; 5] {
    match deal.row.status {
        Status::Canceled => CANCELED_STARS,
        Status::Unavailable => UNAVAILABLE_STARS,
        Status::Delivered if deal.is_late || behaviour == Behaviour::LetDown => BAD_STARS,
        Status::Delivered => GOOD_STARS,
        _ => PENDING_STARS,
    }
}

/// When the shop asks: after the delivery, or once the promised day is over.
fn asked(deal: &Deal, stream: &mut Stream) -> Day {
    let after = if chance(stream, 0.8) { 1 } else { 2 };
    let awaited = deal.awaited().days() + after;
    let promised = deal.row.promised.map_or(awaited, |promised| promised.days() + 2);
    day(awaited.min(promised))
}

fn write(deal: &Deal, stars: &[f64; 5], asked: Day, stream: &mut Stream) -> SynthReview {
    let review = key(stream);
    let score = 1 + pick(stream, stars);
    let hours = log_normal(stream, (38.0, 0.9)).clamp(1.0, 2_000.0);
    let message =
        if chance(stream, COMMENTS[score - 1]) { comment(score, stream) } else { String::new() };
    let title = if chance(stream, TITLES) { title(score, stream) } else { "" };
    SynthReview {
        row: ReviewRow {
            review: Some(review.into()),
            order: deal.row.order.clone(),
            score: score as u8,
            comment: message.chars().count() as u32,
            answered: Some(moment(asked.start().seconds() + (hours * HOUR) as i64)),
        },
        title: Cow::Borrowed(title),
        message,
        created: asked,
    }
}

/// A few sentences, on several lines now and then.
fn comment(score: usize, stream: &mut Stream) -> String {
    const GOOD: [&str; 12] = [
        "Produto excelente, chegou antes do prazo.",
        "Recomendo a loja!",
        "Entrega rápida, tudo bem embalado.",
        "Muito bom, igual à foto.",
        "Adorei, com certeza compro de novo.",
        "Ótima qualidade pelo preço que paguei.",
        "Minha mãe amou o presente.",
        "Tudo certo com o pedido.",
        "Vale cada centavo, nota \"dez\"!",
        "Funciona perfeitamente e é fácil de instalar.",
        "Superou a expectativa.",
        "Veio direitinho, parabéns à equipe.",
    ];
    const MIDDLING: [&str; 7] = [
        "Produto razoável, esperava um acabamento melhor.",
        "Chegou no prazo, mas a caixa veio amassada.",
        "A cor não é bem a do anúncio.",
        "É bom, porém demorou um pouco.",
        "Atende, nada além disso.",
        "O manual diz \"bivolt\", só que não é.",
        "Menor do que parecia na página.",
    ];
    const BAD: [&str; 10] = [
        "Ainda não recebi o produto.",
        "Chegou com defeito e ninguém responde.",
        "Veio o modelo errado, quero trocar.",
        "Péssima experiência, não compro mais aqui.",
        "O prazo venceu faz dias e nada da entrega.",
        "O site mostra \"em trânsito\" há duas semanas.",
        "Faltou uma peça, pedi o reembolso.",
        "Paguei o frete e tive de buscar na agência.",
        "Sem nota fiscal, sem resposta, sem produto.",
        "Que decepção!",
    ];
    let sentences: &[&str] = match score {
        1 | 2 => &BAD,
        3 => &MIDDLING,
        _ => &GOOD,
    };
    let mut text = String::from(one_of(stream, sentences));
    for another in [0.5, 0.3] {
        if !chance(stream, another) {
            break;
        }
        text += if chance(stream, 0.08) { "\r\n" } else { " " };
        text += one_of(stream, sentences);
    }
    text
}

fn title(score: usize, stream: &mut Stream) -> &'static str {
    match score {
        1 | 2 => one_of(stream, &["Não recomendo", "Atrasado", "Decepção", "Cadê meu pedido?"]),
        3 => one_of(stream, &["Regular", "Mais ou menos", "Razoável"]),
        _ => one_of(stream, &["Recomendo", "Muito bom", "Ótimo", "Super recomendo", "10"]),
    }
}
