//! What is sold, and by whom. A product comes of its own stream, and so does a seller: neither is
//! kept.

use super::draw::{chance, key, log_normal, normal_quantile, pick, popular};
use super::geography::Geography;
use super::marginals::{ORDERS_PER_PRODUCT, ORDERS_PER_SELLER, PRICE, WITHOUT_CATEGORY};
use super::rows::{SynthProduct, SynthSeller};
use crate::history::{ProductRow, SellerRow, TranslationRow};
use crate::seed::{Purpose, Seed, Stream};

/// Products stand in so many bands of price, so that one of a given price is found by its number.
const BANDS: u64 = 64;

/// A category: its name, the English one if it has any, about how many products of a thousand it
/// has, and from -1 to 1 how much dearer than others they are.
type Category = (&'static str, Option<&'static str>, f64, f64);

const CATEGORIES: [Category; 73] = [
    ("cama_mesa_banho", Some("bed_bath_table"), 92.0, -0.1),
    ("esporte_lazer", Some("sports_leisure"), 87.0, 0.1),
    ("moveis_decoracao", Some("furniture_decor"), 81.0, -0.2),
    ("beleza_saude", Some("health_beauty"), 74.0, 0.1),
    ("utilidades_domesticas", Some("housewares"), 71.0, -0.2),
    ("automotivo", Some("auto"), 58.0, 0.2),
    ("informatica_acessorios", Some("computers_accessories"), 50.0, 0.0),
    ("brinquedos", Some("toys"), 43.0, 0.0),
    ("relogios_presentes", Some("watches_gifts"), 40.0, 0.6),
    ("telefonia", Some("telephony"), 34.0, -0.7),
    ("bebes", Some("baby"), 28.0, 0.2),
    ("perfumaria", Some("perfumery"), 26.0, 0.2),
    ("fashion_bolsas_e_acessorios", Some("fashion_bags_accessories"), 26.0, -0.2),
    ("papelaria", Some("stationery"), 26.0, -0.2),
    ("cool_stuff", Some("cool_stuff"), 24.0, 0.5),
    ("ferramentas_jardim", Some("garden_tools"), 23.0, 0.0),
    ("pet_shop", Some("pet_shop"), 22.0, 0.0),
    ("eletronicos", Some("electronics"), 16.0, -0.8),
    ("construcao_ferramentas_construcao", Some("construction_tools_construction"), 12.0, 0.2),
    ("eletrodomesticos", Some("home_appliances"), 11.0, -0.1),
    ("malas_acessorios", Some("luggage_accessories"), 11.0, 0.4),
    ("consoles_games", Some("consoles_games"), 10.0, -0.1),
    ("moveis_escritorio", Some("office_furniture"), 9.0, 0.6),
    ("instrumentos_musicais", Some("musical_instruments"), 9.0, 0.6),
    ("eletroportateis", Some("small_appliances"), 7.0, 0.7),
    ("casa_construcao", Some("home_construction"), 7.0, -0.1),
    ("livros_interesse_geral", Some("books_general_interest"), 7.0, -0.6),
    ("fashion_calcados", Some("fashion_shoes"), 5.0, 0.0),
    ("moveis_sala", Some("furniture_living_room"), 5.0, 0.3),
    ("climatizacao", Some("air_conditioning"), 4.0, 0.6),
    ("livros_tecnicos", Some("books_technical"), 4.0, -0.3),
    ("telefonia_fixa", Some("fixed_telephony"), 4.0, 0.3),
    ("casa_conforto", Some("home_confort"), 3.0, 0.2),
    ("market_place", Some("market_place"), 3.0, 0.0),
    ("alimentos_bebidas", Some("food_drink"), 3.0, -0.5),
    ("fashion_roupa_masculina", Some("fashion_male_clothing"), 3.0, 0.1),
    (
        "moveis_cozinha_area_de_servico_jantar_e_jardim",
        Some("kitchen_dining_laundry_garden_furniture"),
        3.0,
        0.5,
    ),
    ("sinalizacao_e_seguranca", Some("signaling_and_security"), 3.0, 0.2),
    ("construcao_ferramentas_seguranca", Some("construction_tools_safety"), 3.0, 0.5),
    ("eletrodomesticos_2", Some("home_appliances_2"), 3.0, 0.9),
    ("construcao_ferramentas_jardim", Some("costruction_tools_garden"), 3.0, 0.2),
    ("alimentos", Some("food"), 2.5, -0.6),
    ("bebidas", Some("drinks"), 2.5, -0.5),
    ("construcao_ferramentas_iluminacao", Some("construction_tools_lights"), 2.4, 0.2),
    ("agro_industria_e_comercio", Some("agro_industry_and_commerce"), 2.3, 0.8),
    ("industria_comercio_e_negocios", Some("industry_commerce_and_business"), 2.1, 0.4),
    ("artigos_de_natal", Some("christmas_supplies"), 2.0, -0.4),
    ("audio", Some("audio"), 1.8, 0.3),
    ("artes", Some("art"), 1.7, 0.2),
    ("fashion_underwear_e_moda_praia", Some("fashion_underwear_beach"), 1.6, 0.0),
    ("dvds_blu_ray", Some("dvds_blu_ray"), 1.5, 0.0),
    ("moveis_quarto", Some("furniture_bedroom"), 1.4, 0.6),
    ("construcao_ferramentas_ferramentas", Some("costruction_tools_tools"), 1.2, 0.5),
    ("livros_importados", Some("books_imported"), 1.0, 0.0),
    ("portateis_casa_forno_e_cafe", Some("small_appliances_home_oven_and_coffee"), 1.0, 1.0),
    ("pcs", Some("computers"), 0.9, 1.0),
    ("cine_foto", Some("cine_photo"), 0.9, 0.2),
    ("fashion_roupa_feminina", Some("fashio_female_clothing"), 0.8, -0.1),
    ("musica", Some("music"), 0.8, 0.6),
    ("artigos_de_festas", Some("party_supplies"), 0.8, 0.2),
    ("fashion_esporte", Some("fashion_sport"), 0.6, 0.0),
    ("artes_e_artesanato", Some("arts_and_craftmanship"), 0.6, 0.1),
    ("flores", Some("flowers"), 0.4, -0.4),
    ("fraldas_higiene", Some("diapers_and_hygiene"), 0.4, -0.4),
    ("portateis_cozinha_e_preparadores_de_alimentos", None, 0.3, 0.9),
    ("la_cuisine", Some("la_cuisine"), 0.3, 0.5),
    ("moveis_colchao_e_estofado", Some("furniture_mattress_and_upholstery"), 0.3, 0.3),
    ("tablets_impressao_imagem", Some("tablets_printing_image"), 0.3, 0.2),
    ("casa_conforto_2", Some("home_comfort_2"), 0.2, -0.6),
    ("fashion_roupa_infanto_juvenil", Some("fashion_childrens_clothes"), 0.2, 0.0),
    ("pc_gamer", None, 0.1, 0.8),
    ("seguros_e_servicos", Some("security_and_services"), 0.1, 0.9),
    ("cds_dvds_musicais", Some("cds_dvds_musicals"), 0.1, -0.2),
];

/// How many products and sellers there are.
#[derive(Clone, Debug)]
pub(super) struct Catalogue {
    seed: Seed,
    pub(super) n_products: u64,
    pub(super) n_sellers: u64,
}

/// What an order needs to know of a product.
pub(super) struct Offer {
    pub(super) product: String,
    /// The share of products that are cheaper.
    pub(super) quantile: f64,
    pub(super) cents: i64,
    /// Its number.
    pub(super) seller: u64,
    stream: Stream,
}

impl Catalogue {
    pub(super) fn new(seed: Seed, orders: u64) -> Self {
        const FEWEST: u64 = 5;
        Self {
            seed,
            n_products: (orders / ORDERS_PER_PRODUCT).max(FEWEST),
            n_sellers: (orders / ORDERS_PER_SELLER).max(FEWEST),
        }
    }

    /// The number of a product than which about a share `quantile` is cheaper.
    pub(super) fn draw_product(&self, quantile: f64, stream: &mut Stream) -> u64 {
        let bands = self.bands();
        let band = ((quantile * bands as f64) as u64).min(bands - 1);
        let n_in_band = (self.n_products - band).div_ceil(bands);
        band + bands * popular(stream, n_in_band)
    }

    pub(super) fn offer(&self, product: u64) -> Offer {
        let mut stream = self.seed.stream(Purpose::SyntheticProduct, product);
        let id = key(&mut stream);
        let bands = self.bands();
        let quantile = ((product % bands) as f64 + stream.uniform()) / bands as f64;
        let (median, deviation) = PRICE;
        let price = median * (deviation * normal_quantile(quantile)).exp();
        let ending = [90, 99, 0, (100.0 * stream.uniform()) as i64]
            [pick(&mut stream, &[0.5, 0.2, 0.1, 0.2])];
        let cents = ((price - 0.5).floor() as i64).max(1) * 100 + ending;
        let seller = popular(&mut stream, self.n_sellers);
        Offer { product: id, quantile, cents, seller, stream }
    }

    pub(super) fn product(&self, index: u64) -> SynthProduct {
        let Offer { product, quantile, mut stream, .. } = self.offer(index);
        // Over all products, each category has its share.
        let weights = CATEGORIES
            .map(|(_, _, weight, dearer)| weight * (1.0 + dearer * (2.0 * quantile - 1.0)));
        let category = CATEGORIES[pick(&mut stream, &weights)].0;
        let category = Some(category).filter(|_| !chance(&mut stream, WITHOUT_CATEGORY));
        let text = [
            20 + (44.0 * stream.uniform().sqrt()) as u32,
            log_normal(&mut stream, (600.0, 0.75)).clamp(4.0, 3_992.0) as u32,
            1 + pick(&mut stream, &[0.50, 0.19, 0.13, 0.08, 0.05, 0.05]) as u32,
        ];
        let heavier = 2_f64.powf(2.0 * quantile - 1.0);
        let mut length = |median, least: f64| {
            (heavier.cbrt() * log_normal(&mut stream, (median, 0.5))).clamp(least, 105.0) as u32
        };
        let sides = [length(26.0, 7.0), length(13.0, 2.0), length(20.0, 6.0)];
        let grams = (heavier * log_normal(&mut stream, (700.0, 1.3))).clamp(50.0, 40_000.0);
        // Published: 2 of 32,951 products.
        let is_measured = index % 16_384 != 700;
        SynthProduct {
            row: ProductRow { product: product.into(), category: category.map(Into::into) },
            text: category.map(|_| text),
            size: is_measured.then_some([grams as u32, sides[0], sides[1], sides[2]]),
        }
    }

    /// The key of a seller.
    pub(super) fn seller_key(&self, index: u64) -> String {
        key(&mut self.seller_stream(index))
    }

    pub(super) fn seller(&self, index: u64, geography: &Geography) -> SynthSeller {
        let mut stream = self.seller_stream(index);
        let seller = key(&mut stream);
        let state = geography.draw_seller(&mut stream);
        let zip = geography.zip_at(state, stream.uniform());
        SynthSeller {
            row: SellerRow { seller: seller.into(), zip: Some(zip.prefix) },
            city: zip.city(),
            state: zip.state_name(),
        }
    }

    fn seller_stream(&self, index: u64) -> Stream {
        self.seed.stream(Purpose::SyntheticSeller, index)
    }

    fn bands(&self) -> u64 {
        BANDS.min(self.n_products)
    }
}

/// The English names of categories, without those of two.
pub(super) fn translations() -> impl Iterator<Item = TranslationRow<'static>> {
    CATEGORIES.iter().filter_map(|&(category, english, ..)| {
        Some(TranslationRow { category: category.into(), english: english?.into() })
    })
}
